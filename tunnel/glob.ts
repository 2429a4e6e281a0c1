/** Whether `text` is what `pattern` describes: `*` stands for any characters, or none. Linear in text × pattern. */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(pattern, text, '*', (wanted, found) => wanted === found);
}

/** As `matchesGlob` for paths: `*` stays within a segment, a segment `**` stands for any number of segments. */
export function matchesPathGlob(pattern: string, path: string): boolean {
  return matches(pattern.split('/'), path.split('/'), '**', matchesGlob);
}

/** On a mismatch the last star takes one item more: no earlier one has to be tried again. */
function matches(
  pattern: ArrayLike<string>,
  items: ArrayLike<string>,
  star: string,
  equal: (wanted: string, found: string) => boolean,
): boolean {
  let p = 0;
  let i = 0;
  let afterStar = -1;
  let taken = 0;
  while (i < items.length) {
    const wanted = pattern[p];
    if (wanted === star) {
      afterStar = ++p;
      taken = i;
    } else if (wanted !== undefined && equal(wanted, items[i] ?? '')) {
      p++;
      i++;
    } else if (afterStar !== -1) {
      p = afterStar;
      i = ++taken;
    } else return false;
  }
  while (pattern[p] === star) p++;
  return p === pattern.length;
}
