type Said = { heading: string; lead: string }

/** The pages on which a person changes one thing of the account. */
export type AccountTaskWords = {
  password: Said & { current: string; fresh: string; submit: string; missing: Record<'current' | 'password', string> }
  email: Said & { label: string; password: string; submit: string; same: string }
  sent: { heading: string; lead: [string, string] }
  confirm: {
    heading: string
    lead: [string, string]
    until: [string, string]
    submit: string
    password: string
    used: { heading: string; lead: [string, string] }
    over: Said
    toAccount: string
  }
  language: Said & { submit: string; choose: string }
  export: Said & { holds: string[]; submit: string; stale: string; again: string }
  remove: { heading: string; lead: string; after(span: string): string; password: string; submit: string }
  removed: { heading: string; lead(span: string): string; next: string; signUp: string; stamp: string }
}

export const accountTasks = {
  es: {
    password: {
      heading: 'Cambia la contraseña',
      lead: 'Las demás sesiones se cierran; esta sigue abierta.',
      current: 'Contraseña actual',
      fresh: 'Contraseña nueva',
      submit: 'Cambiar la contraseña',
      missing: { current: 'Escribe la contraseña actual.', password: 'Escribe la contraseña nueva.' },
    },
    email: {
      heading: 'Cambia el correo',
      lead: 'Te enviamos un enlace al correo nuevo. Hasta que lo confirmes no cambia nada.',
      label: 'Correo nuevo',
      password: 'Contraseña',
      submit: 'Enviar el enlace',
      same: 'Ese ya es tu correo. Escribe otro.',
    },
    sent: {
      heading: 'Mira el correo nuevo',
      lead: ['Hemos enviado un enlace a ', '. Ábrelo y pulsa el botón; mientras tanto tu correo sigue siendo el de siempre.'],
    },
    confirm: {
      heading: 'Confirma tu correo nuevo',
      lead: ['Tu cuenta pasa a ', '. Desde entonces entras con este correo.'],
      until: ['El enlace vale hasta el ', '.'],
      submit: 'Cambiar el correo',
      password: 'Contraseña de la cuenta',
      used: { heading: 'Tu correo ya ha cambiado', lead: ['Este enlace se usó el ', '. Entra con el correo nuevo.'] },
      over: {
        heading: 'Este enlace ya no sirve',
        lead: 'Ha caducado, o después pediste otro cambio. Tu correo se queda como está.',
      },
      toAccount: 'Ir a tu cuenta',
    },
    language: {
      heading: 'Idioma de los correos',
      lead: 'En este idioma te escribimos y te mostramos estas páginas.',
      submit: 'Guardar',
      choose: 'Elige un idioma.',
    },
    export: {
      heading: 'Descarga tus datos',
      lead: 'Un archivo JSON con todo lo que guardamos de ti en este sitio:',
      holds: [
        'la cuenta: correo, idioma y fechas',
        'las sesiones y los navegadores conocidos',
        'los correos enviados y qué fue de ellos',
        'los números de identidad pedidos para ti',
      ],
      submit: 'Descargar el archivo',
      stale: 'Hace más de 15 minutos que entraste. Para descargar tus datos, entra otra vez.',
      again: 'Entrar otra vez',
    },
    remove: {
      heading: 'Borra tu cuenta',
      lead: 'Se cierran todas las sesiones, la contraseña deja de servir y tu correo queda libre.',
      after: (span) => `Te enviaremos un aviso con un enlace que la recupera durante ${span}. Después no queda nada de ella.`,
      password: 'Contraseña',
      submit: 'Borrar mi cuenta',
    },
    removed: {
      heading: 'La cuenta está borrada',
      lead: (span) =>
        `¿Has cambiado de idea? En tu correo hay un aviso: su enlace la recupera durante ${span}. Luego eliges una contraseña nueva.`,
      next: 'Después no queda nada de ella.',
      signUp: 'Crear otra cuenta',
      stamp: 'Aviso',
    },
  },
  ru: {
    password: {
      heading: 'Смена пароля',
      lead: 'Остальные сеансы завершатся, этот останется открытым.',
      current: 'Нынешний пароль',
      fresh: 'Новый пароль',
      submit: 'Сменить пароль',
      missing: { current: 'Введите нынешний пароль.', password: 'Введите новый пароль.' },
    },
    email: {
      heading: 'Смена почты',
      lead: 'Мы отправим ссылку на новую почту. Пока вы её не подтвердите, ничего не изменится.',
      label: 'Новая почта',
      password: 'Пароль',
      submit: 'Отправить ссылку',
      same: 'Это и есть ваша почта. Введите другую.',
    },
    sent: {
      heading: 'Проверьте новую почту',
      lead: ['Мы отправили ссылку на ', '. Откройте её и нажмите кнопку; до этого ваша почта остаётся прежней.'],
    },
    confirm: {
      heading: 'Подтвердите новую почту',
      lead: ['Ваш аккаунт перейдёт на ', '. С этого момента входите с этой почтой.'],
      until: ['Ссылка действует до ', '.'],
      submit: 'Сменить почту',
      password: 'Пароль от аккаунта',
      used: { heading: 'Почта уже изменена', lead: ['Эта ссылка использована ', '. Входите с новой почтой.'] },
      over: {
        heading: 'Ссылка больше не действует',
        lead: 'Её срок истёк, или вы потом просили о другой почте. Почта аккаунта остаётся прежней.',
      },
      toAccount: 'Перейти к аккаунту',
    },
    language: {
      heading: 'Язык писем',
      lead: 'На этом языке мы пишем вам и показываем эти страницы.',
      submit: 'Сохранить',
      choose: 'Выберите язык.',
    },
    export: {
      heading: 'Скачайте свои данные',
      lead: 'Файл JSON со всем, что мы храним о вас на этом сайте:',
      holds: [
        'аккаунт: почта, язык, даты',
        'сеансы и знакомые браузеры',
        'отправленные письма и что с ними стало',
        'личные номера, запрошенные для вас',
      ],
      submit: 'Скачать файл',
      stale: 'Вы вошли больше 15 минут назад. Чтобы скачать данные, войдите ещё раз.',
      again: 'Войти ещё раз',
    },
    remove: {
      heading: 'Удаление аккаунта',
      lead: 'Все сеансы завершатся, пароль перестанет действовать, а почта освободится.',
      after: (span) =>
        `Мы отправим уведомление со ссылкой, которая вернёт аккаунт. Срок ссылки: ${span}. Потом от него ничего не останется.`,
      password: 'Пароль',
      submit: 'Удалить мой аккаунт',
    },
    removed: {
      heading: 'Аккаунт удалён',
      lead: (span) =>
        `Передумали? На почте есть уведомление: его ссылка вернёт аккаунт. Срок ссылки: ${span}. Затем вы выберете новый пароль.`,
      next: 'Потом от него ничего не останется.',
      signUp: 'Создать другой аккаунт',
      stamp: 'Срок',
    },
  },
  en: {
    password: {
      heading: 'Change the password',
      lead: 'The other sessions end; this one stays open.',
      current: 'Present password',
      fresh: 'New password',
      submit: 'Change the password',
      missing: { current: 'Enter the present password.', password: 'Enter the new password.' },
    },
    email: {
      heading: 'Change the email',
      lead: 'We send a link to the new email. Until you confirm it, nothing changes.',
      label: 'New email',
      password: 'Password',
      submit: 'Send the link',
      same: 'That is your email already. Enter another one.',
    },
    sent: {
      heading: 'Check the new email',
      lead: ['We sent a link to ', '. Open it and press the button; until then your email stays as it is.'],
    },
    confirm: {
      heading: 'Confirm your new email',
      lead: ['Your account moves to ', '. From then on you sign in with this email.'],
      until: ['The link is valid until ', '.'],
      submit: 'Change the email',
      password: 'Password of the account',
      used: { heading: 'Your email has changed', lead: ['This link was used on ', '. Sign in with the new email.'] },
      over: {
        heading: 'This link no longer works',
        lead: 'It has expired, or you asked for another change after it. Your email stays as it is.',
      },
      toAccount: 'Go to your account',
    },
    language: {
      heading: 'Language of emails',
      lead: 'We write to you, and show these pages, in this language.',
      submit: 'Save',
      choose: 'Choose a language.',
    },
    export: {
      heading: 'Download your data',
      lead: 'One JSON file with everything we keep about you on this site:',
      holds: [
        'the account: email, language and dates',
        'the sessions and the known browsers',
        'the emails sent and what became of them',
        'the identity numbers asked for you',
      ],
      submit: 'Download the file',
      stale: 'You signed in more than 15 minutes ago. To download your data, sign in again.',
      again: 'Sign in again',
    },
    remove: {
      heading: 'Delete your account',
      lead: 'All sessions end, the password stops working and your email becomes free.',
      after: (span) => `We will send a notice with a link that brings it back for ${span}. After that nothing of it is left.`,
      password: 'Password',
      submit: 'Delete my account',
    },
    removed: {
      heading: 'The account is deleted',
      lead: (span) =>
        `Changed your mind? There is a notice in your email: its link brings it back for ${span}. Then you choose a new password.`,
      next: 'After that nothing of it is left.',
      signUp: 'Create another account',
      stamp: 'Notice',
    },
  },
} satisfies Record<'es' | 'ru' | 'en', AccountTaskWords>
