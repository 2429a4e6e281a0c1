/**
 * The route template of a request target: the path without its query, with segments that look like ids replaced.
 * A segment is an id when it holds a digit and is a number, a UUID, or longer than 12 characters.
 */
export function routeTemplate(target: string): string {
  return pathOf(target)
    .split('/')
    .map((segment) => (isId(segment) ? '{id}' : segment))
    .join('/');
}

/** What makes two failed calls the same: `POST /payments.v2.Payments/Charge INTERNAL`. The path is a method's name. */
export function callFingerprint(method: string, target: string, outcome: string): string {
  return `${method} ${pathOf(target)} ${outcome}`;
}

/** What makes two failures the same: `POST /orders/{id} 500`, `GET /cart exception:reset`. */
export function fingerprint(method: string, target: string, outcome: string): string {
  return `${method} ${routeTemplate(target)} ${outcome}`;
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function isId(segment: string): boolean {
  if (!/\d/.test(segment)) return false;
  return /^\d+$/.test(segment) || /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(segment) || segment.length > 12;
}
