import { clockFor, type Messages } from './messages.ts'

const { date, clock } = clockFor('es')
const dateTime = (ms: number) => `${date(ms)} a las ${clock(ms)} (UTC)`

export default {
  problems: {
    invalid_request: 'La petición no es válida. Revisa los campos indicados.',
    number_malformed: 'El número no está bien escrito: son 12 cifras. No hemos descontado ningún intento.',
    api_key_invalid: 'La clave de API falta o no es válida.',
    service_key_invalid: 'Falta la clave del servicio o no es válida.',
    not_allowed_here: 'Solo se abre en un navegador de esta misma máquina, con SELLO_MODE=development.',
    not_found: 'En esta dirección no hay nada.',
    number_unknown: 'Ese número no sirve. Comprueba que es el del correo más reciente.',
    identity_unknown: 'No hay ninguna identidad con ese identificador.',
    method_not_allowed: 'Esta dirección no admite ese método.',
    body_too_large: 'El cuerpo de la petición supera los 64 KiB.',
    content_type_unsupported: 'Envía JSON (application/json) en UTF-8 y sin comprimir.',
    idempotency_conflict: 'Esa Idempotency-Key ya se usó con otro contenido.',
    rate_limited: 'Demasiadas peticiones. Espera un poco y vuelve a intentarlo.',
    email_required: 'Demasiados números equivocados. Envía también el correo.',
    fault: 'Algo ha fallado por nuestra parte. Vuelve a intentarlo.',
    numbers_exhausted: 'Ahora mismo no hay números libres. Vuelve a intentarlo dentro de un momento.',
    unavailable: 'El servicio no responde ahora. Vuelve a intentarlo dentro de un momento.',
    late: 'La llamada llegó tarde; no se hizo nada.',
    busy: 'Hay demasiados cambios a la vez. Vuelve a intentarlo dentro de un momento.',
  },
  time: (ms) => `${clock(ms)} (UTC)`,
  dateTime,
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
    questions: '¿Dudas? Responde a este correo.',
  },
} satisfies Messages
