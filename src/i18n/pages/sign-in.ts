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
  /** The sign-in is too old for what was asked. */
  stale: { heading: string; lead: string }
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
    stale: { heading: 'Entra otra vez', lead: 'Hace más de 15 minutos que entraste. Lo que has pedido necesita una entrada reciente.' },
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
    stale: { heading: 'Войдите ещё раз', lead: 'Вы вошли больше 15 минут назад, а для этого нужен недавний вход.' },
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
    stale: { heading: 'Sign in again', lead: 'You signed in more than 15 minutes ago. What you asked for needs a recent sign-in.' },
    out: { heading: 'You are signed out', lead: 'The session of this browser is over.' },
  },
} satisfies Record<'es' | 'ru' | 'en', SignInWords>
