/** The sign-in page. */
export type SignInWords = {
  heading(app: string): string
  submit: string
  forgot: string
  noAccount: string
  stamp: string
  stampUnit: string
  /** The session is over, and the page was asked for. */
  again: { heading: string; lead: string }
  out: { heading: string; lead: string }
}

export const signIn = {
  es: {
    heading: (app) => `Entra en ${app}`,
    submit: 'Entrar',
    forgot: '¿Has olvidado la contraseña?',
    noAccount: '¿Aún no tienes cuenta?',
    stamp: 'Entrada',
    stampUnit: 'cuenta',
    again: { heading: 'Entra para continuar', lead: 'La sesión ha terminado o aún no has entrado en este navegador.' },
    out: { heading: 'Has salido', lead: 'La sesión de este navegador está cerrada.' },
  },
  ru: {
    heading: (app) => `Вход в ${app}`,
    submit: 'Войти',
    forgot: 'Забыли пароль?',
    noAccount: 'Ещё нет аккаунта?',
    stamp: 'Вход',
    stampUnit: 'аккаунт',
    again: { heading: 'Войдите, чтобы продолжить', lead: 'Сеанс завершён, или вы ещё не входили в этом браузере.' },
    out: { heading: 'Вы вышли', lead: 'Сеанс в этом браузере завершён.' },
  },
  en: {
    heading: (app) => `Sign in to ${app}`,
    submit: 'Sign in',
    forgot: 'Forgot your password?',
    noAccount: 'No account yet?',
    stamp: 'Sign-in',
    stampUnit: 'account',
    again: { heading: 'Sign in to go on', lead: 'The session is over, or you have not signed in with this browser yet.' },
    out: { heading: 'You are signed out', lead: 'The session of this browser is over.' },
  },
} satisfies Record<'es' | 'ru' | 'en', SignInWords>
