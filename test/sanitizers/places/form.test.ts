import { expect, test } from 'vitest';
import { scrubForm } from '../../../sanitizers/places/form.ts';

/** Writes in place of every value which name it was given under. */
const marked = (form: string): string =>
  scrubForm(form, (value, place) => (place.kind === 'field' ? `${place.name}_${value}` : value));

test.each([
  ['a=1&b=2', 'a=a_1&b=b_2'],
  ['a&&b=', 'a&&b='],
  ['name=password&value=x', 'name=name_password&value=password_x'],
  ['value=x&name=Password', 'value=password_x&name=name_Password'],
  ['n%61me=pin&v%61lue=1', 'n%61me=name_pin&v%61lue=pin_1'],
  [
    'name=city&value=x&name=pin&value=1&note=y',
    'name=name_city&value=value_x&name=name_pin&value=pin_1&note=note_y',
  ],
])('%s', (given, made) => {
  expect(marked(given)).toBe(made);
});

test('a form of many pairs is read to its end', () => {
  const long = 'a=1&'.repeat(100_000);
  expect(scrubForm(long, (value) => value)).toBe(long);
});
