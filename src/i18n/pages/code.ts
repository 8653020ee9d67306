import { countFor } from '../messages.ts'

/** The page that waits for the code. */
export type CodeWords = {
  code: {
    heading: string
    lead(digits: number): [string, string]
    correct: string
    label(digits: number): string
    hint: string
    expires: [string, string]
    left: string
    attempts(left: number): string
    submit: string
    notArrived: string
    notArrivedHint: string
    resend: string
    /** Before the clock that counts down. */
    resendIn: string
    resendAt: [string, string]
    stamp: string
    reload: string
    again: string
  }
  wrong(left: number): string
  newest: string
  format(digits: number): string
  locked: { heading: string; lead(max: number): string }
  expired: { heading: string; lead(minutes: number): string }
  resent: { heading: string; lead: [string, string] }
  cap: { heading: string; lead: [string, string] }
  deferred: { heading: string; lead(domain: string): string }
  bounced: { heading: string; lead(domain: string, user: string): string }
  contested: { heading: string; lead: string; label: string }
}

const ofEs = countFor('es')
const ofRu = countFor('ru')
const ofEn = countFor('en-GB')

export const code = {
  es: {
    code: {
      heading: 'Mira tu correo',
      lead: (digits) => [`Hemos enviado un código de ${digits} cifras a `, '.'],
      correct: 'Corregir el correo',
      label: (digits) => `Código de ${digits} cifras`,
      hint: 'Puedes pegarlo. Los espacios no importan.',
      expires: ['Caduca a las ', ''],
      left: 'quedan',
      attempts: ofEs.count({ one: 'Queda # intento', other: 'Quedan # intentos' }),
      submit: 'Verificar correo',
      notArrived: '¿No ha llegado?',
      notArrivedHint: 'Suele tardar menos de un minuto. Mira también en Spam y en Promociones.',
      resend: 'Enviar un código nuevo',
      resendIn: 'Enviar otro código dentro de',
      resendAt: ['Podrás pedir otro código a las ', '.'],
      stamp: 'Código',
      reload: '¿Has abierto el enlace del correo en otro sitio? Recarga esta página.',
      again: 'Empezar de nuevo',
    },
    wrong: ofEs.count({ one: 'El código no coincide. Te queda # intento.', other: 'El código no coincide. Te quedan # intentos.' }),
    newest: 'Comprueba que usas el correo más reciente.',
    format: (digits) => `El código son ${digits} cifras. No hemos descontado ningún intento.`,
    locked: {
      heading: 'Este código ya no sirve',
      lead: ofEs.count({
        one: 'Se acabó el único intento. Pide un código nuevo o usa el enlace del correo; tu cuenta no está bloqueada.',
        other: 'Se acabaron los # intentos. Pide un código nuevo o usa el enlace del correo; tu cuenta no está bloqueada.',
      }),
    },
    expired: {
      heading: 'El código ha caducado',
      lead: ofEs.count({
        one: 'Valía # minuto. Te enviamos otro cuando quieras.',
        other: 'Valía # minutos. Te enviamos otro cuando quieras.',
      }),
    },
    resent: { heading: 'Nuevo código enviado', lead: ['Enviado a las ', '. El anterior ya no sirve.'] },
    cap: { heading: 'Aún no podemos enviar otro código', lead: ['Podrás pedir otro a las ', '.'] },
    deferred: {
      heading: 'El correo se retrasa',
      lead: (domain) => `El servidor de ${domain} nos pide esperar. Seguimos intentándolo; no pidas otro.`,
    },
    bounced: {
      heading: 'Ese correo no existe',
      lead: (domain, user) => `El servidor de ${domain} no ha aceptado el mensaje para ${user}@. Corrige la dirección.`,
    },
    contested: {
      heading: 'Escribe también la contraseña',
      lead: 'Alguien más ha usado este correo para registrarse, así que el código solo no basta. Escribe la contraseña que elegiste al registrarte, o abre el enlace del correo.',
      label: 'Contraseña del registro',
    },
  },
  ru: {
    code: {
      heading: 'Проверьте почту',
      lead: (digits) => [`Мы отправили код из ${digits} цифр на `, '.'],
      correct: 'Исправить адрес',
      label: (digits) => `Код из ${digits} цифр`,
      hint: 'Можно вставить из буфера. Пробелы не мешают.',
      expires: ['Действует до ', ''],
      left: 'осталось',
      attempts: ofRu.count({
        one: 'Осталась # попытка',
        few: 'Осталось # попытки',
        many: 'Осталось # попыток',
        other: 'Осталось # попытки',
      }),
      submit: 'Подтвердить почту',
      notArrived: 'Письмо не пришло?',
      notArrivedHint: 'Обычно оно приходит меньше чем за минуту. Посмотрите также в «Спаме» и «Рассылках».',
      resend: 'Отправить новый код',
      resendIn: 'Новый код можно отправить через',
      resendAt: ['Новый код можно запросить в ', '.'],
      stamp: 'Код',
      reload: 'Открыли ссылку из письма в другом месте? Обновите эту страницу.',
      again: 'Начать заново',
    },
    wrong: ofRu.count({
      one: 'Код не совпадает. Осталась # попытка.',
      few: 'Код не совпадает. Осталось # попытки.',
      many: 'Код не совпадает. Осталось # попыток.',
      other: 'Код не совпадает. Осталось # попытки.',
    }),
    newest: 'Проверьте, что код из самого нового письма.',
    format: (digits) => `Код состоит из ${digits} цифр. Попытка не засчитана.`,
    locked: {
      heading: 'Этот код больше не действует',
      lead: ofRu.count({
        one: 'Использована единственная попытка. Запросите новый код или откройте ссылку из письма — аккаунт не заблокирован.',
        few: 'Все # попытки использованы. Запросите новый код или откройте ссылку из письма — аккаунт не заблокирован.',
        many: 'Все # попыток использованы. Запросите новый код или откройте ссылку из письма — аккаунт не заблокирован.',
        other: 'Все # попытки использованы. Запросите новый код или откройте ссылку из письма — аккаунт не заблокирован.',
      }),
    },
    expired: {
      heading: 'Срок действия кода истёк',
      lead: ofRu.count({
        one: 'Код действовал # минуту. Мы отправим новый по вашей просьбе.',
        few: 'Код действовал # минуты. Мы отправим новый по вашей просьбе.',
        many: 'Код действовал # минут. Мы отправим новый по вашей просьбе.',
        other: 'Код действовал # минуты. Мы отправим новый по вашей просьбе.',
      }),
    },
    resent: { heading: 'Новый код отправлен', lead: ['Отправлен в ', '. Предыдущий больше не действует.'] },
    cap: { heading: 'Пока нельзя отправить новый код', lead: ['Новый можно запросить в ', '.'] },
    deferred: {
      heading: 'Письмо задерживается',
      lead: (domain) => `Сервер ${domain} просит подождать. Мы повторяем отправку — новый код запрашивать не нужно.`,
    },
    bounced: {
      heading: 'Такого адреса нет',
      lead: (domain, user) => `Сервер ${domain} не принял письмо для ${user}@. Исправьте адрес.`,
    },
    contested: {
      heading: 'Введите и пароль',
      lead: 'Кто-то ещё указал эту почту при регистрации, поэтому одного кода мало. Введите пароль, который вы выбрали при регистрации, или откройте ссылку из письма.',
      label: 'Пароль из регистрации',
    },
  },
  en: {
    code: {
      heading: 'Check your email',
      lead: (digits) => [`We sent a ${digits}-digit code to `, '.'],
      correct: 'Correct the address',
      label: (digits) => `${digits}-digit code`,
      hint: 'You can paste it. Spaces do not matter.',
      expires: ['Expires at ', ''],
      left: 'left:',
      attempts: ofEn.count({ one: '# attempt left', other: '# attempts left' }),
      submit: 'Verify email',
      notArrived: 'Has it not arrived?',
      notArrivedHint: 'It usually takes less than a minute. Look in Spam and Promotions, too.',
      resend: 'Send a new code',
      resendIn: 'Send another code in',
      resendAt: ['You can ask for another code at ', '.'],
      stamp: 'Code',
      reload: 'Opened the link of the email somewhere else? Reload this page.',
      again: 'Start again',
    },
    wrong: ofEn.count({
      one: 'That code does not match. You have # attempt left.',
      other: 'That code does not match. You have # attempts left.',
    }),
    newest: 'Check you are using the newest email.',
    format: (digits) => `The code is ${digits} digits. This did not cost you an attempt.`,
    locked: {
      heading: 'This code no longer works',
      lead: ofEn.count({
        one: 'Its only attempt is used. Ask for a new code, or use the link in the email; your account is not locked.',
        other: 'All # attempts are used. Ask for a new code, or use the link in the email; your account is not locked.',
      }),
    },
    expired: {
      heading: 'The code has expired',
      lead: ofEn.count({
        one: 'It was valid for # minute. We can send you another.',
        other: 'It was valid for # minutes. We can send you another.',
      }),
    },
    resent: { heading: 'New code sent', lead: ['Sent at ', '. The previous one no longer works.'] },
    cap: { heading: 'We cannot send another code yet', lead: ['You can ask for another at ', '.'] },
    deferred: {
      heading: 'The email is delayed',
      lead: (domain) => `The server at ${domain} asked us to wait. We keep trying; no need to ask for another.`,
    },
    bounced: {
      heading: 'That address does not exist',
      lead: (domain, user) => `The server at ${domain} did not take the message for ${user}@. Correct the address.`,
    },
    contested: {
      heading: 'Enter the password, too',
      lead: 'Somebody else used this email to sign up, so the code alone is not enough. Enter the password you chose when you signed up, or open the link in the email.',
      label: 'Password of the sign-up',
    },
  },
} satisfies Record<'es' | 'ru' | 'en', CodeWords>
