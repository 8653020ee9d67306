/** The pages of the link that takes a change back. Two parts of a sentence stand around what is put between. */
export type UndoWords = {
  /** By what was done; `lead` stands around the time. */
  changes: Record<'password_changed' | 'email_changed' | 'deleted', { heading: string; lead: [string, string]; submit: string }>
  doing: { what: string; steps: readonly string[]; mine: string; until: [string, string] }
  done: { heading: string; lead: [string, string]; notice: string; submit: string; later: string }
  over: { heading: string; lead: string; submit: string }
  stamp: string
}

export const undo = {
  es: {
    changes: {
      password_changed: {
        heading: '¿No cambiaste tú la contraseña?',
        lead: ['Se cambió el ', '. Si fuiste tú, cierra esta página.'],
        submit: 'Deshacer el cambio',
      },
      email_changed: {
        heading: '¿No cambiaste tú el correo?',
        lead: ['La cuenta pasó a otra dirección el ', '. Si fuiste tú, cierra esta página.'],
        submit: 'Deshacer el cambio',
      },
      deleted: {
        heading: '¿Recuperar la cuenta?',
        lead: ['Se eliminó el ', '. Si fuiste tú y no has cambiado de idea, cierra esta página.'],
        submit: 'Recuperar la cuenta',
      },
    },
    doing: {
      what: 'Si lo deshaces:',
      steps: [
        'la cuenta vuelve a esta dirección, sin nada de lo que se cambió después;',
        'se cierran todas las sesiones, también las tuyas;',
        'ninguna contraseña anterior sirve: eliges una nueva con un enlace a tu correo.',
      ],
      mine: 'Cuenta de',
      until: ['Puedes hacerlo hasta el ', '.'],
    },
    done: {
      heading: 'Hecho: la cuenta es tuya otra vez',
      lead: ['La cuenta de ', ' ha vuelto a como estaba.'],
      notice: 'Todas las sesiones se han cerrado y ninguna contraseña sirve, tampoco la de antes. Falta un paso: elige una nueva.',
      submit: 'Enviarme el enlace para la contraseña',
      later: 'También puedes hacerlo más tarde con «¿Has olvidado la contraseña?» en la página de entrada.',
    },
    over: {
      heading: 'Este enlace ya no sirve',
      lead: 'Ya se usó, pasó su plazo o no está completo. Si alguien más entra en tu cuenta, elige otra contraseña: se cierran todas las sesiones.',
      submit: 'Elegir otra contraseña',
    },
    stamp: 'Aviso',
  },
  ru: {
    changes: {
      password_changed: {
        heading: 'Пароль сменили не вы?',
        lead: ['Его сменили ', '. Если это были вы, закройте эту страницу.'],
        submit: 'Отменить изменение',
      },
      email_changed: {
        heading: 'Почту сменили не вы?',
        lead: ['Аккаунт перешёл на другой адрес ', '. Если это были вы, закройте эту страницу.'],
        submit: 'Отменить изменение',
      },
      deleted: {
        heading: 'Вернуть аккаунт?',
        lead: ['Его удалили ', '. Если это были вы и вы не передумали, закройте эту страницу.'],
        submit: 'Вернуть аккаунт',
      },
    },
    doing: {
      what: 'Что произойдёт:',
      steps: [
        'аккаунт вернётся на эту почту, а всё, что изменили позже, будет отменено;',
        'завершатся все сеансы, в том числе ваши;',
        'прежние пароли перестанут действовать: новый вы выберете по ссылке из письма.',
      ],
      mine: 'Аккаунт',
      until: ['Это можно сделать до ', '.'],
    },
    done: {
      heading: 'Готово: аккаунт снова ваш',
      lead: ['Аккаунт ', ' снова такой, каким был.'],
      notice: 'Все сеансы завершены, и ни один пароль не действует, даже прежний. Остался один шаг: выберите новый.',
      submit: 'Отправить мне ссылку для пароля',
      later: 'Можно и позже: ссылка «Забыли пароль?» на странице входа.',
    },
    over: {
      heading: 'Ссылка больше не действует',
      lead: 'Она уже использована, её срок истёк или она скопирована не целиком. Если в ваш аккаунт заходит кто-то ещё, выберите новый пароль: все сеансы завершатся.',
      submit: 'Выбрать новый пароль',
    },
    stamp: 'Отмена',
  },
  en: {
    changes: {
      password_changed: {
        heading: 'Was it not you who changed the password?',
        lead: ['It was changed on ', '. If it was you, close this page.'],
        submit: 'Take the change back',
      },
      email_changed: {
        heading: 'Was it not you who changed the email?',
        lead: ['The account moved to another address on ', '. If it was you, close this page.'],
        submit: 'Take the change back',
      },
      deleted: {
        heading: 'Bring the account back?',
        lead: ['It was deleted on ', '. If it was you and you have not changed your mind, close this page.'],
        submit: 'Bring the account back',
      },
    },
    doing: {
      what: 'If you do:',
      steps: [
        'the account comes back to this address, without anything that was changed later;',
        'every session ends, yours too;',
        'no earlier password works: you choose a new one by a link to your email.',
      ],
      mine: 'Account of',
      until: ['You can do it until ', '.'],
    },
    done: {
      heading: 'Done: the account is yours again',
      lead: ['The account of ', ' is as it was.'],
      notice: 'Every session has ended and no password works, not even the one from before. One step is left: choose a new one.',
      submit: 'Send me the link for a password',
      later: 'You can also do it later, with “Forgot your password?” on the sign-in page.',
    },
    over: {
      heading: 'This link no longer works',
      lead: 'It was used, its time is over, or it is not complete. If somebody else gets into your account, choose another password: every session ends.',
      submit: 'Choose another password',
    },
    stamp: 'Notice',
  },
} satisfies Record<'es' | 'ru' | 'en', UndoWords>
