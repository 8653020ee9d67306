import { countFor } from '../messages.ts'

type Fact = readonly [string, string]

/** What is stored of people, for how long, and in which cookies. */
export type PrivacyWords = {
  link: string
  heading: string
  lead(app: string): string
  stored: string
  /** `undoLife`: how long a deleted account can be brought back, in words. */
  facts(undoLife: string): readonly Fact[]
  cookies: string
  cookiesLead: string
  session: string
  flow: string
  browser: string
  lang: string
  yours: string
  yoursLead: string
  account: string
  days(count: number): string
}

export const privacy = {
  es: {
    link: 'Privacidad',
    heading: 'Qué guardamos y por cuánto tiempo',
    lead: (app) =>
      `Sello lleva las cuentas de ${app} en los servidores de quien ofrece ${app}. Estas páginas no cargan nada de terceros, y los correos no llevan imágenes ni enlaces de seguimiento.`,
    stored: 'Datos',
    facts: (life) => [
      ['Correo e idioma', 'Mientras exista la cuenta.'],
      ['Correo anterior', `Mientras el enlace de un aviso pueda devolverte la cuenta: ${life}.`],
      ['Contraseña', 'Solo su huella (argon2id), de la que no se puede volver a la contraseña.'],
      [
        'Sesiones',
        'Cuándo empezaron y se usaron, y qué navegador y sistema dicen ser; nunca la dirección IP. Mientras valgan y un día más.',
      ],
      [
        'Correos enviados',
        'Cuándo salieron y qué respondió el servidor de correo. Hasta un día después de caducar lo que llevaban; de los 100 últimos sobre la cuenta, ella recuerda cuándo y adónde fueron.',
      ],
      ['Registros sin verificar', '72 horas; después desaparecen.'],
      ['Códigos fallados', 'La hora, durante un día; cuántos seguidos, hasta que uno acierta.'],
      ['Números de identidad', 'Cuándo se pidieron y comprobaron. Hasta dos días después de caducar.'],
      ['Cuenta eliminada', `Se puede recuperar durante ${life}. Un día después no queda nada de ella.`],
    ],
    cookies: 'Cookies',
    cookiesLead: 'Solo las que hacen falta para que esto funcione. Ninguna sirve para seguirte.',
    session: 'Tu sesión. Hasta que sales o cierras el navegador; caduca tras dos horas sin uso y como mucho en un día.',
    flow: 'El registro o el cambio de contraseña a medias, con tu dirección. Hasta que cierras el navegador.',
    browser:
      'Un número al azar con el que tu cuenta reconoce este navegador y te avisa de los desconocidos; protege los formularios. Un año.',
    lang: 'El idioma que elegiste. Un año.',
    yours: 'Tus datos son tuyos',
    yoursLead: 'En tu cuenta puedes descargar todo lo que guardamos de ti, y eliminarla.',
    account: 'Ir a mi cuenta',
    days: countFor('es').count({ one: '# día', other: '# días' }),
  },
  ru: {
    link: 'Конфиденциальность',
    heading: 'Что мы храним и как долго',
    lead: (app) =>
      `Sello ведёт аккаунты ${app} на серверах того, кто предоставляет ${app}. Эти страницы ничего не загружают со стороны, а в письмах нет следящих картинок и ссылок.`,
    stored: 'Данные',
    facts: (life) => [
      ['Почта и язык', 'Пока существует аккаунт.'],
      ['Прежняя почта', `Пока ссылка из уведомления может вернуть на неё аккаунт; срок: ${life}.`],
      ['Пароль', 'Только его хеш (argon2id): восстановить по нему пароль нельзя.'],
      [
        'Сеансы',
        'Когда начаты и использованы, каким браузером и системой себя называют; IP-адрес — никогда. Пока действуют и ещё один день.',
      ],
      [
        'Отправленные письма',
        'Когда ушли и что ответил почтовый сервер. До конца срока того, что в них было, и ещё один день; о 100 последних письмах про аккаунт он помнит, когда и куда они ушли.',
      ],
      ['Неподтверждённые регистрации', '72 часа, затем исчезают.'],
      ['Неверные коды', 'Время — один день; сколько подряд — до первого верного.'],
      ['Личные номера', 'Когда запрошены и проверены. До двух дней после окончания срока.'],
      ['Удалённый аккаунт', `Срок, в который его можно вернуть: ${life}. Через день после этого от него ничего не остаётся.`],
    ],
    cookies: 'Cookie',
    cookiesLead: 'Только те, без которых ничего не работает. Ни одна не следит за вами.',
    session: 'Ваш сеанс. Пока вы не выйдете или не закроете браузер; истекает через два часа без действий и не позже чем через день.',
    flow: 'Незаконченная регистрация или смена пароля, с вашим адресом. Пока вы не закроете браузер.',
    browser: 'Случайное число: по нему аккаунт узнаёт этот браузер и предупреждает о незнакомых; защищает формы. Один год.',
    lang: 'Выбранный язык. Один год.',
    yours: 'Ваши данные принадлежат вам',
    yoursLead: 'В аккаунте можно скачать всё, что мы о вас храним, и удалить его.',
    account: 'Перейти в аккаунт',
    days: countFor('ru').count({ one: '# день', few: '# дня', many: '# дней', other: '# дня' }),
  },
  en: {
    link: 'Privacy',
    heading: 'What we store, and for how long',
    lead: (app) =>
      `Sello keeps the accounts of ${app} on the servers of whoever offers ${app}. These pages load nothing from others, and the emails carry no tracking images or links.`,
    stored: 'Data',
    facts: (life) => [
      ['Email and language', 'As long as the account exists.'],
      ['Earlier email', `While the link of a notice can bring the account back to it: ${life}.`],
      ['Password', 'Only its hash (argon2id), from which nobody can get back to the password.'],
      [
        'Sessions',
        'When they began and were used, and which browser and system they say they are; never the IP address. While they live and a day more.',
      ],
      [
        'Emails sent',
        'When they went out and what the mail server answered. Until a day after what they carried has expired; of the last 100 about the account it remembers when and where they went.',
      ],
      ['Sign-ups not verified', '72 hours; then they vanish.'],
      ['Wrong codes', 'The time, for a day; how many in a row, until a right one.'],
      ['Identity numbers', 'When they were asked for and checked. Until two days after they expire.'],
      ['A deleted account', `It can be brought back for ${life}. A day later nothing of it is left.`],
    ],
    cookies: 'Cookies',
    cookiesLead: 'Only those without which this does not work. None of them tracks you.',
    session: 'Your session. Until you sign out or close the browser; it ends after two hours without use, and after a day at most.',
    flow: 'The sign-up or the new password that you are in the middle of, with your address. Until you close the browser.',
    browser: 'A random number by which your account knows this browser and warns you of unknown ones; it protects the forms. One year.',
    lang: 'The language you chose. One year.',
    yours: 'Your data is yours',
    yoursLead: 'In your account you can download all that we store of you, and delete it.',
    account: 'Go to my account',
    days: countFor('en-GB').count({ one: '# day', other: '# days' }),
  },
} satisfies Record<'es' | 'ru' | 'en', PrivacyWords>
