/** The page of a letter's link that confirms the address. */
export type LinkWords = {
  heading: string
  until: [string, string]
  submit: string
  stamp: string
  elsewhere: string
  ownHeading: string
  ownLead: string
  ownLabel: string
  ownSubmit: string
  used: { heading: string; lead: [string, string] }
  replaced: { heading: string; lead: string }
  over: { heading: string; lead: string }
  again: string
}

export const link = {
  es: {
    heading: 'Confirma que este correo es tuyo',
    until: ['El enlace vale hasta el ', '.'],
    submit: 'Confirmar',
    stamp: 'Enlace',
    elsewhere: 'Este registro se empezó en otro navegador. Escribe la contraseña que elegiste entonces.',
    ownHeading: '¿No te registraste tú?',
    ownLead: 'El correo es tuyo: si quieres la cuenta, elige tu propia contraseña. La de quien escribió tu correo deja de servir.',
    ownLabel: 'Contraseña nueva',
    ownSubmit: 'Quedarme con la cuenta',
    used: { heading: 'Tu correo ya está confirmado', lead: ['Este enlace se usó el ', '. Puedes entrar.'] },
    replaced: { heading: 'Este enlace es de un correo anterior', lead: 'Después te enviamos otro: usa el enlace del correo más reciente.' },
    over: {
      heading: 'Este enlace ya no sirve',
      lead: 'Ha caducado, o ya no hace falta. Si tu correo sigue sin verificar, te enviamos otro.',
    },
    again: 'Pedir uno nuevo',
  },
  ru: {
    heading: 'Подтвердите, что это ваша почта',
    until: ['Ссылка действует до ', '.'],
    submit: 'Подтвердить',
    stamp: 'Ссылка',
    elsewhere: 'Эта регистрация начата в другом браузере. Введите пароль, который вы тогда выбрали.',
    ownHeading: 'Регистрировались не вы?',
    ownLead: 'Почта ваша: если аккаунт вам нужен, выберите свой пароль. Пароль того, кто указал вашу почту, перестанет действовать.',
    ownLabel: 'Новый пароль',
    ownSubmit: 'Забрать аккаунт себе',
    used: { heading: 'Почта уже подтверждена', lead: ['Эта ссылка использована ', '. Можно войти.'] },
    replaced: { heading: 'Это ссылка из старого письма', lead: 'После него мы отправили другое: откройте ссылку из самого нового письма.' },
    over: {
      heading: 'Ссылка больше не действует',
      lead: 'Её срок истёк, или она уже не нужна. Если почта ещё не подтверждена, мы отправим новую.',
    },
    again: 'Запросить новую',
  },
  en: {
    heading: 'Confirm this is your email',
    until: ['The link is valid until ', '.'],
    submit: 'Confirm',
    stamp: 'Link',
    elsewhere: 'This sign-up began in another browser. Enter the password you chose then.',
    ownHeading: 'Was it not you who signed up?',
    ownLead:
      'The email is yours: if you want the account, choose a password of your own. The one of whoever typed your email stops working.',
    ownLabel: 'New password',
    ownSubmit: 'Take the account over',
    used: { heading: 'Your email is confirmed', lead: ['This link was used on ', '. You can sign in.'] },
    replaced: { heading: 'This link is from an older email', lead: 'We sent another one after it: use the link of the newest email.' },
    over: {
      heading: 'This link no longer works',
      lead: 'It has expired, or is not needed any more. If your email still waits to be verified, we can send another.',
    },
    again: 'Ask for a new one',
  },
} satisfies Record<'es' | 'ru' | 'en', LinkWords>
