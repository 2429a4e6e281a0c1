/** What a rule's `replace` may hold in brackets: each makes a substitute of one kind. The sanitizers bring them about. */
export const generatorNames = [
  'MOCK_TOKEN',
  'MOCK_JWT',
  'MOCK_COOKIE',
  'MOCK_PASSWORD',
  'MOCK_CARD',
  'MOCK_EMAIL',
  'MOCK_VALUE',
] as const;
