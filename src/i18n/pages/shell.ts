import { clockFor, countFor } from '../messages.ts'

/** What every page says. `at` and the like: instants in ms; times are of UTC and say so, a script puts them into the visitor's own zone. */
export type Shell = {
  /** Of the language itself. */
  name: string
  languages: string
  skip: string
  /** Above the name of the app. */
  sender: string
  protectedBy: string
  help: string
  /** Before the title of a page with an error. */
  error: string
  problem: string
  show: string
  hide: string
  email: string
  password: string
  signIn: string
  signUp: string
  /** `10:47 (UTC)`; `18 de diciembre, 10:47 (UTC)`. */
  time(at: number): string
  dateTime(at: number): string
  /** `18 dic 25`. */
  postmarkDate(at: number): string
  busy: string
  retry: string
  back: string
  /** By the kind of refusal that has no page of its own. */
  errors: Record<'missing' | 'stale' | 'failed' | 'unavailable', { heading: string; lead: string }>
  errorId(id: string): string
  passwordRejected: Record<'too_short' | 'too_long' | 'common' | 'predictable', string>
  /** Under the field of a new password. */
  passwordHint(min: number): string
  emailWrong: string
  emailMissing: string
  passwordMissing: string
  passwordWrong: string
  signInWrong: string
  /** Too many letters or tries: until when. */
  limited(at: number): string
}

const shortDate = (language: string) => {
  const format = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: '2-digit', timeZone: 'UTC' })
  return (at: number) => format.format(at).replace(/[.]| г/g, '')
}
const es = clockFor('es')
const ru = clockFor('ru')
const en = clockFor('en-GB')
const ofEs = countFor('es')
const ofRu = countFor('ru')
const ofEn = countFor('en-GB')

export const shell = {
  es: {
    name: 'Español',
    languages: 'Idioma',
    skip: 'Ir al contenido',
    sender: 'Remite',
    protectedBy: 'Protegido por Sello',
    help: '¿No llega el correo?',
    error: 'Error',
    problem: 'Hay un problema',
    show: 'Mostrar',
    hide: 'Ocultar',
    email: 'Correo electrónico',
    password: 'Contraseña',
    signIn: 'Entrar',
    signUp: 'Crear una cuenta',
    time: (at) => `${es.clock(at)} (UTC)`,
    postmarkDate: shortDate('es'),
    dateTime: (at) => `${es.day(at)}, ${es.clock(at)} (UTC)`,
    busy: 'Un momento…',
    retry: 'Volver a intentarlo',
    back: 'Volver',
    errors: {
      missing: { heading: 'Aquí no hay nada', lead: 'La dirección no existe o el enlace está incompleto. Cópialo entero desde el correo.' },
      stale: {
        heading: 'Vuelve a enviar el formulario',
        lead: 'No hemos podido comprobar que lo enviaste desde esta página. Vuelve atrás, recarga y envíalo otra vez; hacen falta las cookies de este sitio.',
      },
      failed: { heading: 'Algo ha fallado', lead: 'El fallo es nuestro y ha quedado anotado. Vuelve a intentarlo dentro de un momento.' },
      unavailable: {
        heading: 'Ahora mismo no podemos atenderte',
        lead: 'El servicio no responde. No se ha perdido nada: vuelve a intentarlo dentro de un momento.',
      },
    },
    errorId: (id) => `Código para el soporte: ${id}`,
    passwordRejected: {
      too_short: 'La contraseña es demasiado corta.',
      too_long: 'La contraseña es demasiado larga.',
      common: 'Esa contraseña es de las más usadas. Elige otra.',
      predictable: 'Esa contraseña se adivina a partir de tu correo o del nombre del sitio. Elige otra.',
    },
    passwordHint: ofEs.count({ one: '# carácter o más.', other: '# caracteres o más. Una frase larga es mejor que símbolos raros.' }),
    emailWrong: 'Escribe un correo completo, como ana@ejemplo.es.',
    emailMissing: 'Escribe tu correo.',
    passwordMissing: 'Escribe la contraseña.',
    passwordWrong: 'La contraseña no es correcta.',
    signInWrong: 'El correo o la contraseña no son correctos.',
    limited: (at) => `Demasiados intentos. Prueba a las ${es.clock(at)} (UTC).`,
  },
  ru: {
    name: 'Русский',
    languages: 'Язык',
    skip: 'Перейти к содержанию',
    sender: 'Отправитель',
    protectedBy: 'Под защитой Sello',
    help: 'Письмо не приходит?',
    error: 'Ошибка',
    problem: 'Исправьте ошибку',
    show: 'Показать',
    hide: 'Скрыть',
    email: 'Электронная почта',
    password: 'Пароль',
    signIn: 'Войти',
    signUp: 'Создать аккаунт',
    time: (at) => `${ru.clock(at)} (UTC)`,
    postmarkDate: shortDate('ru'),
    dateTime: (at) => `${ru.day(at)}, ${ru.clock(at)} (UTC)`,
    busy: 'Одну секунду…',
    retry: 'Попробовать ещё раз',
    back: 'Назад',
    errors: {
      missing: { heading: 'Здесь ничего нет', lead: 'Такого адреса нет, или ссылка неполная. Скопируйте её из письма целиком.' },
      stale: {
        heading: 'Отправьте форму ещё раз',
        lead: 'Не удалось проверить, что форма отправлена с этой страницы. Вернитесь назад, обновите страницу и отправьте снова; нужны cookie этого сайта.',
      },
      failed: { heading: 'Что-то сломалось', lead: 'Ошибка на нашей стороне, она уже записана. Попробуйте ещё раз чуть позже.' },
      unavailable: { heading: 'Сервис сейчас не отвечает', lead: 'Ничего не потеряно: попробуйте ещё раз чуть позже.' },
    },
    errorId: (id) => `Код для поддержки: ${id}`,
    passwordRejected: {
      too_short: 'Пароль слишком короткий.',
      too_long: 'Пароль слишком длинный.',
      common: 'Этот пароль среди самых распространённых. Выберите другой.',
      predictable: 'Этот пароль легко угадать по вашей почте или названию сайта. Выберите другой.',
    },
    passwordHint: ofRu.count({
      one: 'Не короче # символа.',
      few: 'Не короче # символов. Длинная фраза лучше необычных знаков.',
      many: 'Не короче # символов. Длинная фраза лучше необычных знаков.',
      other: 'Не короче # символа.',
    }),
    emailWrong: 'Введите адрес полностью, например ana@example.com.',
    emailMissing: 'Введите почту.',
    passwordMissing: 'Введите пароль.',
    passwordWrong: 'Неверный пароль.',
    signInWrong: 'Неверная почта или пароль.',
    limited: (at) => `Слишком много попыток. Попробуйте в ${ru.clock(at)} (UTC).`,
  },
  en: {
    name: 'English',
    languages: 'Language',
    skip: 'Skip to content',
    sender: 'From',
    protectedBy: 'Protected by Sello',
    help: 'No email?',
    error: 'Error',
    problem: 'There is a problem',
    show: 'Show',
    hide: 'Hide',
    email: 'Email',
    password: 'Password',
    signIn: 'Sign in',
    signUp: 'Create an account',
    time: (at) => `${en.clock(at)} (UTC)`,
    postmarkDate: shortDate('en-GB'),
    dateTime: (at) => `${en.day(at)}, ${en.clock(at)} (UTC)`,
    busy: 'One moment…',
    retry: 'Try again',
    back: 'Back',
    errors: {
      missing: {
        heading: 'There is nothing here',
        lead: 'The address does not exist, or the link is not complete. Copy all of it from the email.',
      },
      stale: {
        heading: 'Send the form again',
        lead: 'We could not check that you sent it from this page. Go back, reload and send it again; cookies of this site are needed.',
      },
      failed: { heading: 'Something failed', lead: 'The fault is ours and has been noted. Try again in a moment.' },
      unavailable: {
        heading: 'We cannot serve you right now',
        lead: 'The service does not answer. Nothing is lost: try again in a moment.',
      },
    },
    errorId: (id) => `Code for support: ${id}`,
    passwordRejected: {
      too_short: 'The password is too short.',
      too_long: 'The password is too long.',
      common: 'That password is one of the most used. Choose another.',
      predictable: 'That password can be guessed from your email or the name of the site. Choose another.',
    },
    passwordHint: ofEn.count({ one: '# character or more.', other: '# characters or more. A long phrase is better than odd symbols.' }),
    emailWrong: 'Enter a complete email address, like ana@example.com.',
    emailMissing: 'Enter your email.',
    passwordMissing: 'Enter the password.',
    passwordWrong: 'The password is not correct.',
    signInWrong: 'Email or password is incorrect.',
    limited: (at) => `Too many attempts. Try at ${en.clock(at)} (UTC).`,
  },
} satisfies Record<'es' | 'ru' | 'en', Shell>
