import { clockFor, countFor, type Messages } from './messages.ts'

const { date, day, dayUnlessOf, clock } = clockFor('es')
const dateTime = (ms: number) => `${date(ms)} a las ${clock(ms)} (UTC)`
/** `a las 10:32 (UTC)`, with the day where it is not that of `from`. */
const moment = (ms: number, from: number) => {
  const other = dayUnlessOf(from, ms)
  return `${other === null ? '' : `el ${other} `}a las ${clock(ms)} (UTC)`
}
const until = (ms: number, from: number) => `hasta ${moment(ms, from).replace(/^a /, '')}`
const { count, life: lifeIn } = countFor('es')
const life = lifeIn({ one: '# minuto', other: '# minutos' }, { one: '# hora', other: '# horas' })

export default {
  problems: {
    invalid_request: 'La petición no es válida. Revisa los campos indicados.',
    number_malformed: 'El número no está bien escrito: son 12 cifras. No hemos descontado ningún intento.',
    code_wrong: 'El código no coincide. Comprueba que usas el correo más reciente.',
    code_expired: 'Ahora mismo no hay ningún código que sirva. Pide uno nuevo.',
    link_invalid: 'Este enlace ya no sirve. Pide uno nuevo.',
    password_rejected: 'Esa contraseña no se puede usar. Elige una más larga o menos común.',
    api_key_invalid: 'La clave de API falta o no es válida.',
    token_invalid: 'Ya no has iniciado sesión. Entra de nuevo.',
    invalid_credentials: 'El correo o la contraseña no son correctos.',
    password_required: 'Demuestra que este registro es tuyo: escribe su contraseña.',
    service_key_invalid: 'Falta la clave del servicio o no es válida.',
    email_not_verified: 'Antes de entrar, verifica tu correo.',
    not_allowed_here: 'Solo se abre en un navegador de esta misma máquina, con SELLO_MODE=development.',
    not_found: 'En esta dirección no hay nada.',
    number_unknown: 'Ese número no sirve. Comprueba que es el del correo más reciente.',
    identity_unknown: 'No hay ninguna identidad con ese identificador.',
    method_not_allowed: 'Esta dirección no admite ese método.',
    body_too_large: 'El cuerpo de la petición supera los 64 KiB.',
    content_type_unsupported: 'Envía JSON (application/json) en UTF-8 y sin comprimir.',
    idempotency_conflict: 'Esa Idempotency-Key ya se usó con otro contenido.',
    rate_limited: 'Demasiadas peticiones. Espera un poco y vuelve a intentarlo.',
    too_many_attempts: 'Este código ya no sirve: se acabaron los intentos. Pide un código nuevo; tu cuenta no está bloqueada.',
    email_required: 'Demasiados números equivocados. Envía también el correo.',
    fault: 'Algo ha fallado por nuestra parte. Vuelve a intentarlo.',
    numbers_exhausted: 'Ahora mismo no hay números libres. Vuelve a intentarlo dentro de un momento.',
    unavailable: 'El servicio no responde ahora. Vuelve a intentarlo dentro de un momento.',
    late: 'La llamada llegó tarde; no se hizo nada.',
    busy: 'Hay demasiados cambios a la vez. Vuelve a intentarlo dentro de un momento.',
  },
  signedUp: (email, digits) => `Hemos enviado un código de ${digits} cifras a ${email}.`,
  resent: (email) => `Si ${email} está pendiente de verificar, ya va un código nuevo. El anterior deja de servir.`,
  time: (ms) => `${clock(ms)} (UTC)`,
  dateTime,
  day,
  clock,
  life,
  attemptsLeft: count({ one: 'Te queda # intento.', other: 'Te quedan # intentos.' }),
  letter: {
    questions: '¿Dudas? Responde a este correo.',
    signIn: 'Entrar',
    newPassword: 'Cambiar contraseña',
    confirmPage: 'Abrir la página de confirmación',
  },
  numberLetter: {
    word: 'Número',
    mark: 'Personal',
    subject: (app, at) => `Tu número de identidad para ${app} · ${clock(at)} UTC`,
    preheader: (app) => `Ábrelo para verlo y escríbelo en ${app}.`,
    heading: 'Tu número de identidad',
    lead: (app) => `Escríbelo en la pantalla de ${app} que lo está pidiendo.`,
    replaces: (at) => `Sustituye a cualquier número anterior. Pedido el ${dateTime(at)}.`,
    validUntil: (at) => `Vale hasta el ${dateTime(at)}.`,
    nobodyAsks: (app) => `Nadie de ${app} te lo va a pedir por teléfono ni por mensaje.`,
    notYou: '¿No lo has pedido? Alguien escribió tu correo por error: ignora este mensaje, sin el número nadie puede seguir.',
  },
  codeLetter: {
    word: 'Código',
    subject: (app, at) => `Tu código para ${app} · ${clock(at)} UTC`,
    subjectWithCode: (app, code) => `${code} es tu código de ${app}`,
    preheader: (at, from) => `Vale ${life(at - from)}, ${until(at, from)}.`,
    heading: 'Código de verificación',
    lead: (app) => `Escríbelo en la página de ${app} para verificar tu correo.`,
    orLink: 'También puedes confirmar sin escribirlo: abre la página, mira la dirección y pulsa el botón. Sirve en cualquier dispositivo.',
    validUntil: (at, linkAt, from) => `El código vale ${until(at, from)}; el enlace, ${until(linkAt, from)}.`,
    replaces: (at, from) => `Es un código nuevo: el enviado ${moment(at, from)} y su enlace ya no sirven.`,
    doNotShare: (app) => `No lo compartas: nadie de ${app} te lo va a pedir.`,
    notYou:
      '¿No lo has pedido? Ignora este mensaje: sin el código ni el enlace nadie puede seguir. Si quieres la cuenta para ti, abre el enlace y elige tu propia contraseña.',
  },
  linkLetter: {
    word: 'Enlace',
    subject: (app, at) => `Confirma tu correo para ${app} · ${clock(at)} UTC`,
    preheader: (at, from) => `Abre la página y pulsa el botón. Vale ${until(at, from)}.`,
    heading: 'Confirma tu correo',
    lead: (app) => `Abre la página de ${app}, mira la dirección y pulsa el botón. Sirve en cualquier dispositivo.`,
    noCode: 'Esta vez no hay código: se han probado demasiados equivocados, o ha caducado por el camino. Con el enlace basta.',
    validUntil: (linkAt, from) => `El enlace vale ${until(linkAt, from)}.`,
    replaces: (at, from) => `Es un enlace nuevo: el enviado ${moment(at, from)} ya no sirve.`,
    doNotShare: (app) => `No lo compartas: nadie de ${app} te lo va a pedir.`,
    notYou:
      '¿No lo has pedido? Ignora este mensaje: sin el enlace nadie puede seguir. Si quieres la cuenta para ti, abre el enlace y elige tu propia contraseña.',
  },
  registeredLetter: {
    word: 'Aviso',
    subject: (app, at) => `Ya tienes cuenta en ${app} · ${clock(at)} UTC`,
    preheader: 'Alguien, quizá tú, intentó crear otra. Puedes entrar con la que tienes.',
    heading: (app) => `Ya tienes cuenta en ${app}`,
    lead: (_, at) => `Alguien, quizá tú, intentó crear otra el ${dateTime(at)}. Entra con la contraseña que ya tienes o elige una nueva.`,
    notYou: '¿No has sido tú? No hagas nada: tu cuenta y tu contraseña siguen como estaban.',
  },
  welcomeLetter: {
    word: 'Verificado',
    subject: (app, at) => `Tu cuenta de ${app} está lista · ${clock(at)} UTC`,
    preheader: 'Correo verificado: ya puedes entrar.',
    heading: () => 'Correo verificado',
    lead: (app, at) => `Tu correo quedó verificado el ${dateTime(at)}. Tu cuenta de ${app} está lista: ya puedes entrar.`,
    notYou: '¿No has sido tú? Elige una contraseña nueva: se cierran todas las sesiones y la contraseña anterior deja de servir.',
  },
} satisfies Messages
