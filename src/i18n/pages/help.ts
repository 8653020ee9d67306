/** What to do when a letter does not come. */
export type HelpWords = {
  heading: string
  lead: string
  wait: { heading: string; lead: string }
  look: { heading: string; lead(app: string): string; places: readonly (readonly [string, string])[] }
  address: { heading: string; lead: string; submit: string }
  sender: { heading: string; lead(app: string): string }
  again: { heading: string; lead: string; code: string; password: string }
  /** The sign-up of this very browser; `lead` stands around the address. */
  state: Record<'queued' | 'sent' | 'verified', { heading: string; lead: [string, string] }>
}

export const help = {
  es: {
    heading: '¿No llega el correo?',
    lead: 'Casi siempre está en otra carpeta o a punto de llegar. Prueba en este orden.',
    wait: {
      heading: 'Espera unos minutos',
      lead: 'Suele tardar menos de uno. Algunos servidores hacen esperar entre 5 y 15 minutos al primer correo de un remitente; seguimos intentándolo sin que hagas nada.',
    },
    look: {
      heading: 'Mira en las otras carpetas',
      lead: (app) => `Busca «${app}» en todo el buzón.`,
      places: [
        ['Gmail', 'Spam y la pestaña Promociones'],
        ['Outlook, Hotmail', 'Correo no deseado y la pestaña Otros'],
        ['Yahoo, iCloud', 'Spam o No deseado'],
        ['Mail.ru, Yandex', 'Spam y Boletines'],
        ['Trabajo o estudios', 'la cuarentena: pregunta a quien administra el correo'],
      ],
    },
    address: {
      heading: 'Comprueba la dirección',
      lead: 'Una letra de más y el correo va a otra persona, o a ninguna parte. Si estaba mal, empieza de nuevo con la buena.',
      submit: 'Corregir el correo',
    },
    sender: {
      heading: 'Permite nuestro remitente',
      lead: (app) =>
        `Añade a tus contactos la dirección desde la que te escribe ${app}; la ves en cualquier correo nuestro. En un filtro o una lista de permitidos, pon esa misma dirección.`,
    },
    again: {
      heading: 'Pide otro',
      lead: 'Vale el más reciente: el código de un correo anterior deja de servir.',
      code: 'Pedir un código nuevo',
      password: 'Pedir un enlace para la contraseña',
    },
    state: {
      queued: { heading: 'Tu correo está saliendo', lead: ['El correo para ', ' está en cola. Recarga esta página dentro de un momento.'] },
      sent: {
        heading: 'Tu correo ha salido',
        lead: ['El servidor de ', ' lo ha aceptado: está en su buzón, en Spam o en cuarentena.'],
      },
      verified: { heading: 'Tu correo ya está verificado', lead: ['', ' no necesita otro código: puedes entrar.'] },
    },
  },
  ru: {
    heading: 'Письмо не приходит?',
    lead: 'Почти всегда оно лежит в другой папке или вот-вот придёт. Попробуйте по порядку.',
    wait: {
      heading: 'Подождите несколько минут',
      lead: 'Обычно письмо идёт меньше минуты. Некоторые серверы задерживают первое письмо нового отправителя на 5–15 минут; мы повторяем отправку сами.',
    },
    look: {
      heading: 'Загляните в другие папки',
      lead: (app) => `Поищите «${app}» во всём ящике.`,
      places: [
        ['Mail.ru', '«Спам» и «Рассылки»'],
        ['Яндекс', '«Спам» и «Рассылки»'],
        ['Gmail', '«Спам» и вкладка «Промоакции»'],
        ['Outlook, Hotmail', '«Нежелательная почта» и вкладка «Другие»'],
        ['Рабочая, учебная', 'карантин: спросите администратора почты'],
      ],
    },
    address: {
      heading: 'Проверьте адрес',
      lead: 'Лишняя буква — и письмо уйдёт другому человеку или никуда. Если адрес неверный, начните заново с правильным.',
      submit: 'Исправить почту',
    },
    sender: {
      heading: 'Разрешите нашего отправителя',
      lead: (app) =>
        `Добавьте в контакты адрес, с которого пишет ${app}: он указан в любом нашем письме. Его же внесите в фильтр или белый список.`,
    },
    again: {
      heading: 'Запросите ещё раз',
      lead: 'Действует самое новое письмо: код из прежнего больше не подойдёт.',
      code: 'Запросить новый код',
      password: 'Запросить ссылку для пароля',
    },
    state: {
      queued: { heading: 'Письмо отправляется', lead: ['Письмо для ', ' в очереди. Обновите эту страницу чуть позже.'] },
      sent: {
        heading: 'Письмо отправлено',
        lead: ['Сервер адреса ', ' его принял: письмо в ящике, в «Спаме» или в карантине.'],
      },
      verified: { heading: 'Почта уже подтверждена', lead: ['Адресу ', ' код больше не нужен: можно войти.'] },
    },
  },
  en: {
    heading: 'No email?',
    lead: 'It is almost always in another folder, or about to arrive. Try in this order.',
    wait: {
      heading: 'Wait a few minutes',
      lead: 'It usually takes less than one. Some servers hold the first email of a sender for 5 to 15 minutes; we keep trying without you.',
    },
    look: {
      heading: 'Look in the other folders',
      lead: (app) => `Search the whole mailbox for “${app}”.`,
      places: [
        ['Gmail', 'Spam and the Promotions tab'],
        ['Outlook, Hotmail', 'Junk Email and the Other tab'],
        ['Yahoo, iCloud', 'Spam or Junk'],
        ['Mail.ru, Yandex', 'Spam and Newsletters'],
        ['Work or school', 'the quarantine: ask whoever runs the mail'],
      ],
    },
    address: {
      heading: 'Check the address',
      lead: 'One letter too many and the email goes to somebody else, or nowhere. If it was wrong, start again with the right one.',
      submit: 'Correct the email',
    },
    sender: {
      heading: 'Allow our sender',
      lead: (app) =>
        `Add the address that ${app} writes from to your contacts; any email of ours shows it. Put the same address into a filter or an allow list.`,
    },
    again: {
      heading: 'Ask for another',
      lead: 'The newest one counts: the code of an earlier email stops working.',
      code: 'Ask for a new code',
      password: 'Ask for a link for the password',
    },
    state: {
      queued: { heading: 'Your email is on its way out', lead: ['The email for ', ' is queued. Reload this page in a moment.'] },
      sent: {
        heading: 'Your email has gone out',
        lead: ['The server of ', ' has accepted it: it is in the mailbox, in Spam or in quarantine.'],
      },
      verified: { heading: 'Your email is verified', lead: ['', ' needs no other code: you can sign in.'] },
    },
  },
} satisfies Record<'es' | 'ru' | 'en', HelpWords>
