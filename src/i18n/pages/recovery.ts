/** The pages of a forgotten password. Two parts of a sentence stand around what is put between. */
export type RecoveryWords = {
  /** `life`: how long the link works, in words. */
  forgot: { heading: string; lead(life: string): string; submit: string; remembered: string }
  cap: { heading: string; lead: [string, string] }
  sent: {
    heading: string
    lead: [string, string]
    life(life: string): string
    notArrived: string
    hint: string
    again: string
    other: string
    more: string
  }
  reset: { heading: string; lead: [string, string]; label: string; submit: string; ends: string; until: [string, string] }
  done: { heading: string; lead: [string, string]; notice: string }
  over: { heading: string; lead: string; submit: string }
  stamp: string
}

export const recovery = {
  es: {
    forgot: {
      heading: '¿Has olvidado la contraseña?',
      lead: (life) => `Escribe tu correo. Te enviamos un enlace para elegir otra; vale ${life}.`,
      submit: 'Enviar el enlace',
      remembered: '¿La recuerdas?',
    },
    cap: { heading: 'Ya se han enviado varios correos a esa dirección', lead: ['Podrás pedir otro enlace a las ', '.'] },
    sent: {
      heading: 'Mira tu correo',
      lead: ['Si hay una cuenta con ', ', te hemos enviado un enlace para elegir otra contraseña.'],
      life: (life) => `Vale ${life} y sirve en cualquier dispositivo.`,
      notArrived: '¿No ha llegado?',
      hint: 'Suele tardar menos de un minuto. Mira también en Spam y en Promociones, y comprueba que el correo está bien escrito.',
      again: 'Enviar otro enlace',
      other: 'Usar otro correo',
      more: 'Más ayuda',
    },
    reset: {
      heading: 'Elige otra contraseña',
      lead: ['Es la de la cuenta de ', '.'],
      label: 'Contraseña nueva',
      submit: 'Guardar la contraseña',
      ends: 'Al guardarla se cierran todas las sesiones abiertas.',
      until: ['El enlace vale hasta el ', '.'],
    },
    done: {
      heading: 'Contraseña cambiada',
      lead: ['La contraseña de ', ' es la nueva. Todas las sesiones que había abiertas se han cerrado: entra otra vez.'],
      notice: 'Te hemos enviado un aviso. Si no fuiste tú, su enlace deshace el cambio.',
    },
    over: {
      heading: 'Este enlace ya no sirve',
      lead: 'Ha caducado, ya se usó o no está completo. Si aún quieres otra contraseña, pide un enlace nuevo.',
      submit: 'Pedir un enlace nuevo',
    },
    stamp: 'Clave',
  },
  ru: {
    forgot: {
      heading: 'Забыли пароль?',
      lead: (life) => `Введите почту. Мы отправим ссылку, чтобы выбрать новый; срок её действия\u00a0— ${life}.`,
      submit: 'Отправить ссылку',
      remembered: 'Вспомнили?',
    },
    cap: { heading: 'На этот адрес уже отправлено несколько писем', lead: ['Новую ссылку можно запросить в ', '.'] },
    sent: {
      heading: 'Проверьте почту',
      lead: ['Если аккаунт с почтой ', ' существует, мы отправили ссылку, чтобы выбрать новый пароль.'],
      life: (life) => `Срок действия ссылки\u00a0— ${life}; подойдёт любое устройство.`,
      notArrived: 'Письмо не пришло?',
      hint: 'Обычно это занимает меньше минуты. Загляните в папки «Спам» и «Промоакции» и проверьте, нет ли опечатки в адресе.',
      again: 'Отправить ещё одну ссылку',
      other: 'Указать другую почту',
      more: 'Ещё советы',
    },
    reset: {
      heading: 'Выберите новый пароль',
      lead: ['Это пароль аккаунта ', '.'],
      label: 'Новый пароль',
      submit: 'Сохранить пароль',
      ends: 'После этого все открытые сеансы будут завершены.',
      until: ['Ссылка действует до ', '.'],
    },
    done: {
      heading: 'Пароль изменён',
      lead: ['У аккаунта ', ' теперь новый пароль. Все открытые сеансы завершены: войдите снова.'],
      notice: 'Мы отправили вам уведомление. Если это были не вы, ссылка в нём отменит изменение.',
    },
    over: {
      heading: 'Ссылка больше не действует',
      lead: 'Её срок истёк, она уже использована или скопирована не целиком. Если новый пароль ещё нужен, запросите другую.',
      submit: 'Запросить новую ссылку',
    },
    stamp: 'Пароль',
  },
  en: {
    forgot: {
      heading: 'Forgot your password?',
      lead: (life) => `Enter your email. We send you a link to choose another; it works for ${life}.`,
      submit: 'Send the link',
      remembered: 'Remember it?',
    },
    cap: { heading: 'Several emails have gone to that address already', lead: ['You can ask for another link at ', '.'] },
    sent: {
      heading: 'Check your email',
      lead: ['If there is an account with ', ', we have sent a link to choose another password.'],
      life: (life) => `It works for ${life}, on any device.`,
      notArrived: 'Not arrived?',
      hint: 'It usually takes less than a minute. Look in Spam and Promotions too, and check that the email is typed right.',
      again: 'Send another link',
      other: 'Use another email',
      more: 'More help',
    },
    reset: {
      heading: 'Choose another password',
      lead: ['It is for the account of ', '.'],
      label: 'New password',
      submit: 'Save the password',
      ends: 'Saving it ends every open session.',
      until: ['The link is valid until ', '.'],
    },
    done: {
      heading: 'Password changed',
      lead: ['The password of ', ' is the new one. Every session that was open has ended: sign in again.'],
      notice: 'We sent you a notice. If it was not you, its link takes the change back.',
    },
    over: {
      heading: 'This link no longer works',
      lead: 'It has expired, was used, or is not complete. If you still want another password, ask for a new link.',
      submit: 'Ask for a new link',
    },
    stamp: 'Reset',
  },
} satisfies Record<'es' | 'ru' | 'en', RecoveryWords>
