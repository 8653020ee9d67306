/** Before the code, and after it. */
export type SignUpWords = {
  register: { heading: string; lead(digits: number): string; submit: string; haveAccount: string; stamp: string; stampUnit: string }
  nothing: { heading: string; lead: string; label: string; submit: string }
  verified: { heading: string; lead: [string, string]; notice: string; postmark: string; submit(app: string): string }
}

export const signUp = {
  es: {
    register: {
      heading: 'Crea tu cuenta',
      lead: (digits) => `Te enviaremos un código de ${digits} cifras para comprobar que el correo es tuyo.`,
      submit: 'Crear cuenta y recibir el código',
      haveAccount: '¿Ya tienes cuenta?',
      stamp: 'Sello',
      stampUnit: 'correo',
    },
    nothing: {
      heading: 'Pide un código nuevo',
      lead: 'Escribe tu correo. Si está pendiente de verificar, te enviamos un código.',
      label: 'Correo electrónico',
      submit: 'Enviar el código',
    },
    verified: {
      heading: 'Correo verificado',
      lead: ['', ' es tuyo y tu cuenta está lista. Entra con tu contraseña.'],
      notice: 'Te hemos enviado un aviso. Si no fuiste tú, ahí se explica qué hacer.',
      postmark: 'Correo verificado',
      submit: (app) => `Entrar en ${app}`,
    },
  },
  ru: {
    register: {
      heading: 'Создайте аккаунт',
      lead: (digits) => `Мы отправим код из ${digits} цифр, чтобы убедиться, что почта ваша.`,
      submit: 'Создать аккаунт и получить код',
      haveAccount: 'Уже есть аккаунт?',
      stamp: 'Sello',
      stampUnit: 'почта',
    },
    nothing: {
      heading: 'Запросите новый код',
      lead: 'Введите почту. Если она ждёт подтверждения, мы отправим код.',
      label: 'Электронная почта',
      submit: 'Отправить код',
    },
    verified: {
      heading: 'Почта подтверждена',
      lead: ['Адрес ', ' теперь ваш логин, аккаунт готов. Войдите со своим паролем.'],
      notice: 'Мы отправили вам уведомление. Если это были не вы, там сказано, что делать.',
      postmark: 'Почта подтверждена',
      submit: (app) => `Войти в ${app}`,
    },
  },
  en: {
    register: {
      heading: 'Create your account',
      lead: (digits) => `We will send you a ${digits}-digit code to check that the email is yours.`,
      submit: 'Create account and get the code',
      haveAccount: 'Already have an account?',
      stamp: 'Sello',
      stampUnit: 'email',
    },
    nothing: {
      heading: 'Ask for a new code',
      lead: 'Enter your email. If it is waiting to be verified, we send a code.',
      label: 'Email',
      submit: 'Send the code',
    },
    verified: {
      heading: 'Email verified',
      lead: ['', ' is yours and your account is ready. Sign in with your password.'],
      notice: 'We sent you a notice. If it was not you, it says what to do.',
      postmark: 'Email verified',
      submit: (app) => `Sign in to ${app}`,
    },
  },
} satisfies Record<'es' | 'ru' | 'en', SignUpWords>
