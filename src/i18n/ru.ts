import { clockFor, type Messages } from './messages.ts'

const { date, clock } = clockFor('ru')
const dateTime = (ms: number) => `${date(ms)} в ${clock(ms)} (UTC)`

export default {
  problems: {
    invalid_request: 'Запрос составлен неверно. Проверьте указанные поля.',
    number_malformed: 'Номер введён с ошибкой: в нём 12 цифр. Попытка не засчитана.',
    api_key_invalid: 'Ключ API не указан или недействителен.',
    service_key_invalid: 'Ключ службы отсутствует или недействителен.',
    not_allowed_here: 'Открывается только в браузере на этой же машине, при SELLO_MODE=development.',
    not_found: 'По этому адресу ничего нет.',
    number_unknown: 'Этот номер не подходит. Проверьте, что он из самого нового письма.',
    identity_unknown: 'Записи с таким идентификатором нет.',
    method_not_allowed: 'Этот адрес не принимает такой метод.',
    body_too_large: 'Тело запроса больше 64 КиБ.',
    content_type_unsupported: 'Отправьте JSON (application/json) в UTF-8 без сжатия.',
    idempotency_conflict: 'Этот Idempotency-Key уже использован с другим содержимым.',
    rate_limited: 'Слишком много запросов. Подождите немного и повторите.',
    email_required: 'Слишком много неверных номеров. Укажите ещё и адрес почты.',
    fault: 'На нашей стороне произошёл сбой. Повторите попытку.',
    numbers_exhausted: 'Сейчас нет свободных номеров. Повторите чуть позже.',
    unavailable: 'Сервис сейчас не отвечает. Повторите чуть позже.',
    late: 'Вызов пришёл слишком поздно; ничего не сделано.',
    busy: 'Слишком много изменений одновременно. Повторите чуть позже.',
  },
  time: (ms) => `${clock(ms)} (UTC)`,
  dateTime,
  numberLetter: {
    word: 'Номер',
    mark: 'Личный',
    subject: (app, at) => `Ваш личный номер для «${app}» · ${clock(at)} UTC`,
    preheader: (app) => `Откройте письмо и введите номер в «${app}».`,
    heading: 'Ваш личный номер',
    lead: (app) => `Введите его на экране «${app}», где его просят.`,
    replaces: (at) => `Он заменяет все прежние номера. Запрошен ${dateTime(at)}.`,
    validUntil: (at) => `Действует до ${dateTime(at)}.`,
    nobodyAsks: (app) => `Сотрудники «${app}» не спросят его ни по телефону, ни в сообщении.`,
    notYou: 'Вы этого не запрашивали? Кто-то ввёл ваш адрес по ошибке: ничего не делайте, без номера никто не сможет продолжить.',
    questions: 'Есть вопросы? Ответьте на это письмо.',
  },
} satisfies Messages
