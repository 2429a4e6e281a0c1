const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const time = '\\d\\d:\\d\\d(?::\\d\\d(?:[.,]\\d{1,9})?)?';
const offset = '[+-]\\d\\d:?\\d\\d';
const zone = `(?:${offset}|(?:GMT|UTC)(?:${offset})?|Z|[A-Z]{3,4})`;

const forms = [
  // ISO 8601, RFC 3339, `git log --date=iso`: 2026-11-21 17:45:03 +0000
  `\\d{4}-\\d\\d-\\d\\d(?:[T ]${time}(?: ?(?:Z|UTC|${offset}))?)?`,
  // RFC 9110 section 5.6.7, RFC 850, RFC 5322 section 3.3: Sat, 21 Nov 2026 17:45:03 +0000
  `(?:${day}[a-z]{0,6}, ?)?\\d{1,2}[ -]${month}[ -](?:\\d{4}|\\d\\d) ${time} ${zone}(?: \\([A-Z]{1,5}\\))?`,
  // JavaScript's Date#toString and toDateString: Sat Nov 21 2026 17:45:03 GMT+0000 (Coordinated Universal Time)
  `${day} ${month} \\d\\d \\d{4}(?: ${time} ${zone}(?: \\([^()\\n]{1,60}\\))?)?`,
  // asctime, `date`, git: Sat Nov 21 17:45:03 2026 +0000
  `${day} ${month} {1,2}\\d{1,2} ${time}(?: ${zone})? \\d{4}(?: ${offset})?`,
];
const any = forms.join('|');
const whole = new RegExp(`^(?:${any})$`);
const within = new RegExp(`(?<![\\w.:-])((?:${any}))(?![\\w:])`);

/** Whether a value is a date in a form that services write: with its time or without, or seconds since the epoch. */
export function isDate(text: string): boolean {
  return whole.test(text) || isEpoch(text);
}

/** A text in pieces: those at odd places are dates, those between them are what stands between. */
export function splitAtDates(text: string): readonly string[] {
  return text.split(within);
}

/** Seconds or milliseconds since the epoch, of the years 2001 to 2286: ten digits, or thirteen. */
function isEpoch(text: string): boolean {
  return /^[1-9]\d{9}(\d{3})?(\.\d+)?$/.test(text);
}
