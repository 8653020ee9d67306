import { countFor } from '../messages.ts'

type Said = { heading: string; lead: string }

/** What a person who is signed in sees of the account. */
export type AccountWords = {
  title: string
  holder: string
  verified: [string, string]
  stamp: string
  postmark: string
  backTo(app: string): string
  signOut: string
  /** On the pages of one task. */
  toAccount: string
  data: string
  password: string
  passwordShown: string
  language: string
  change: string
  /** Read out after `change`. */
  changed: Record<'email' | 'password' | 'language', string>
  pending: { heading: string; lead: [string, string, string]; cancel: string }
  sessions: string
  current: string
  inUse: string
  lastUsed: [string, string]
  application: string
  end: string
  endOthers(count: number): string
  alone: string
  export: Said & { link: string }
  remove: { heading: string; lead(span: string): string; link: string }
  days(count: number): string
  /** What was done, after it. */
  done: Record<'password' | 'email' | 'language' | 'session' | 'others' | 'cancelled', Said>
  gone: string
}

export const account = {
  es: {
    title: 'Tu cuenta',
    holder: 'Titular',
    verified: ['Correo verificado el ', ''],
    stamp: 'Cuenta',
    postmark: 'Correo verificado',
    backTo: (app) => `Volver a ${app}`,
    signOut: 'Salir',
    toAccount: 'Volver a tu cuenta',
    data: 'Datos de acceso',
    password: 'Contraseña',
    passwordShown: 'Solo la conoces tú',
    language: 'Idioma de los correos',
    change: 'Cambiar',
    changed: { email: 'el correo', password: 'la contraseña', language: 'el idioma de los correos' },
    pending: {
      heading: 'Falta confirmar el correo nuevo',
      lead: ['Hemos enviado un enlace a ', '. Vale hasta el ', '. Hasta que lo confirmes, entras con el correo de siempre.'],
      cancel: 'Dejarlo como está',
    },
    sessions: 'Sesiones abiertas',
    current: 'Esta sesión',
    inUse: 'En uso ahora',
    lastUsed: ['Usada por última vez el ', ''],
    application: 'Una aplicación',
    end: 'Cerrar',
    endOthers: countFor('es').count({ one: 'Cerrar la otra', other: 'Cerrar las otras #' }),
    alone: 'No hay más sesiones abiertas.',
    export: {
      heading: 'Tus datos',
      lead: 'Todo lo que guardamos de ti aquí, en un archivo: la cuenta, las sesiones y los correos enviados.',
      link: 'Descargar mis datos…',
    },
    remove: {
      heading: 'Borrar la cuenta',
      lead: (span) => `Se cierran todas las sesiones y nadie puede entrar. Durante ${span} puedes recuperarla; después no queda nada.`,
      link: 'Borrar mi cuenta…',
    },
    days: countFor('es').count({ one: '# día', other: '# días' }),
    done: {
      password: { heading: 'Contraseña cambiada', lead: 'Las demás sesiones están cerradas. Te hemos enviado un aviso.' },
      email: { heading: 'Correo cambiado', lead: 'Desde ahora entras con este. Hemos enviado un aviso al anterior.' },
      language: { heading: 'Idioma cambiado', lead: 'Los próximos correos irán en español.' },
      session: { heading: 'Sesión cerrada', lead: 'Quien la tuviera abierta tendrá que entrar otra vez.' },
      others: { heading: 'Las demás sesiones están cerradas', lead: 'Solo queda abierta esta.' },
      cancelled: { heading: 'Se queda el correo de siempre', lead: 'El enlace que enviamos ya no sirve.' },
    },
    gone: 'Esa sesión ya estaba cerrada.',
  },
  ru: {
    title: 'Ваш аккаунт',
    holder: 'Владелец',
    verified: ['Почта подтверждена ', ''],
    stamp: 'Аккаунт',
    postmark: 'Почта подтверждена',
    backTo: (app) => `Вернуться в ${app}`,
    signOut: 'Выйти',
    toAccount: 'Назад к аккаунту',
    data: 'Данные для входа',
    password: 'Пароль',
    passwordShown: 'Известен только вам',
    language: 'Язык писем',
    change: 'Изменить',
    changed: { email: 'почту', password: 'пароль', language: 'язык писем' },
    pending: {
      heading: 'Новая почта ещё не подтверждена',
      lead: ['Мы отправили ссылку на ', '. Она действует до ', '. Пока вы её не подтвердите, входите с прежней почтой.'],
      cancel: 'Оставить как есть',
    },
    sessions: 'Открытые сеансы',
    current: 'Этот сеанс',
    inUse: 'Используется сейчас',
    lastUsed: ['Последний раз: ', ''],
    application: 'Приложение',
    end: 'Завершить',
    endOthers: countFor('ru').count({
      one: 'Завершить ещё # сеанс',
      few: 'Завершить ещё # сеанса',
      many: 'Завершить ещё # сеансов',
      other: 'Завершить ещё # сеанса',
    }),
    alone: 'Других открытых сеансов нет.',
    export: {
      heading: 'Ваши данные',
      lead: 'Всё, что мы здесь о вас храним, в одном файле: аккаунт, сеансы, отправленные письма.',
      link: 'Скачать мои данные…',
    },
    remove: {
      heading: 'Удалить аккаунт',
      lead: (span) =>
        `Все сеансы завершатся, и войти не сможет никто. Вернуть аккаунт можно в течение срока: ${span}. Потом не останется ничего.`,
      link: 'Удалить мой аккаунт…',
    },
    days: countFor('ru').count({ one: '# день', few: '# дня', many: '# дней', other: '# дня' }),
    done: {
      password: { heading: 'Пароль изменён', lead: 'Остальные сеансы завершены. Мы отправили вам уведомление.' },
      email: { heading: 'Почта изменена', lead: 'Теперь входите с ней. На прежнюю мы отправили уведомление.' },
      language: { heading: 'Язык изменён', lead: 'Следующие письма придут на русском.' },
      session: { heading: 'Сеанс завершён', lead: 'Там, где он был открыт, придётся войти заново.' },
      others: { heading: 'Остальные сеансы завершены', lead: 'Открыт только этот.' },
      cancelled: { heading: 'Почта остаётся прежней', lead: 'Отправленная ссылка больше не действует.' },
    },
    gone: 'Этот сеанс уже завершён.',
  },
  en: {
    title: 'Your account',
    holder: 'Holder',
    verified: ['Email verified on ', ''],
    stamp: 'Account',
    postmark: 'Email verified',
    backTo: (app) => `Back to ${app}`,
    signOut: 'Sign out',
    toAccount: 'Back to your account',
    data: 'Sign-in details',
    password: 'Password',
    passwordShown: 'Known only to you',
    language: 'Language of emails',
    change: 'Change',
    changed: { email: 'email', password: 'password', language: 'language of emails' },
    pending: {
      heading: 'The new email is not confirmed yet',
      lead: ['We sent a link to ', '. It is valid until ', '. Until you confirm it, you sign in with the present email.'],
      cancel: 'Leave it as it is',
    },
    sessions: 'Open sessions',
    current: 'This session',
    inUse: 'In use now',
    lastUsed: ['Last used on ', ''],
    application: 'An application',
    end: 'End',
    endOthers: countFor('en-GB').count({ one: 'End the other one', other: 'End the other #' }),
    alone: 'There are no other open sessions.',
    export: {
      heading: 'Your data',
      lead: 'Everything we keep about you here, in one file: the account, the sessions and the emails sent.',
      link: 'Download my data…',
    },
    remove: {
      heading: 'Delete the account',
      lead: (span) => `All sessions end and nobody can sign in. For ${span} you can have it back; after that nothing is left.`,
      link: 'Delete my account…',
    },
    days: countFor('en-GB').count({ one: '# day', other: '# days' }),
    done: {
      password: { heading: 'Password changed', lead: 'The other sessions are over. We sent you a notice.' },
      email: { heading: 'Email changed', lead: 'From now on you sign in with this one. We sent a notice to the old one.' },
      language: { heading: 'Language changed', lead: 'The next emails will be in English.' },
      session: { heading: 'Session ended', lead: 'Whoever had it open must sign in again.' },
      others: { heading: 'The other sessions are over', lead: 'Only this one is open.' },
      cancelled: { heading: 'The email stays as it was', lead: 'The link that we sent no longer works.' },
    },
    gone: 'That session was already over.',
  },
} satisfies Record<'es' | 'ru' | 'en', AccountWords>
