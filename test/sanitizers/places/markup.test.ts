import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { scrubMarkup } from '../../../sanitizers/places/markup.ts';
import { exchange, text } from '../world.ts';

/** Writes in place of every value which name it was given under. */
const marked = (markup: string): string =>
  scrubMarkup(markup, (value, place) => `${place.name}(${value.toUpperCase()})`);

test.each([
  ['<a><b x="1">t</b> u</a>', '<a><b x="x(1)">b(T)</b> a(U)</a>'],
  [
    '<s:Password Type="t">\n p q\n</s:Password>',
    '<s:Password Type="type(T)">\n password(P Q)\n</s:Password>',
  ],
  ['<p><![CDATA[a<b]]>c</p>', '<p><![CDATA[p(A<B)]]>p(C)</p>'],
  ['<p>a&amp;&#98;</p>', '<p>p(A&amp;B)</p>'],
  ['<entry key="password">x</entry>', '<entry key="key(PASSWORD)">password(X)</entry>'],
  ["<input name=pin value='1'><b>t</b>", "<input name=name(PIN) value='pin(1)'><b>b(T)</b>"],
  ['<session><id>t</id></session>', '<session><id>session(T)</id></session>'],
  [
    '<password><value>t</value><id>u</id></password>',
    '<password><value>password(T)</value><id>id(U)</id></password>',
  ],
  ['<p id="password"><b>t</b></p>', '<p id="id(PASSWORD)"><b>b(T)</b></p>'],
  ['<!-- a --><script>if (a<b) c</script>', '<!-- (A) --><script>(IF (A<B) C)</script>'],
  ['<a b="never closed', '<a b(="NEVER CLOSED)'],
])('%s', (given, made) => {
  expect(marked(given)).toBe(made);
});

test('where nothing is hit every character stays', () => {
  const page = "<!doctype html>\n<p a=1 b='2' c>x &lt; y &copy; 1 < 2 </p><br/><script>a && b</script></p><";
  expect(scrubMarkup(page, (value) => value)).toBe(page);
});

test('what a rule wrote stays as it was written', () => {
  const scrubber = createScrubber([
    { regex: '<password>[^<]*</password>', replace: '<password>REMOVED</password>' },
  ]);
  const raw = exchange({ requestBody: '<a><password>hunter2</password><pin>4711</pin></a>' });
  expect(text(scrubber.scrub(raw).requestBody)).toMatch(
    /^<a><password>REMOVED<\/password><pin>\d{4}<\/pin><\/a>$/,
  );
});

test.each([
  '<a>',
  '<a b="',
  '<a b=\'"',
  '<![CDATA[',
  '<!--',
  '</',
  '<script></b>',
  '<a b c',
  '< ',
  '&#38;',
  '<a b="c"',
])('adversarial markup of %s is read to its end', (piece) => {
  // Time that grew with the square of the length would pass the test's time limit many times over.
  const long = piece.repeat(100_000);
  expect(scrubMarkup(long, (value) => value)).toBe(long);
});
