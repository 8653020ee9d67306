/** What only a developer sees, at their own machine: text, link, text. */
export const development = {
  es: ['Desarrollo: el mensaje está en la ', 'bandeja de entrada de esta máquina', '.'],
  ru: ['Разработка: письмо лежит во ', 'входящих этой машины', '.'],
  en: ['Development: the letter is in the ', 'inbox of this machine', '.'],
} satisfies Record<'es' | 'ru' | 'en', [string, string, string]>
