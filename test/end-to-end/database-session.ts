const asJson = { accept: 'application/json', 'content-type': 'application/json' };

/**
 * Ten requests of one administrator of a CouchDB-like server: logs in, makes a database and a document, changes it by
 * its revision, and once by an old one. Throws where an answer is not what such a server gives.
 */
export async function useDatabase(base: string): Promise<void> {
  await call(`${base}/_config/admins/anna`, 'PUT', 200, {}, 'a long secret of hers');
  const login = { name: 'anna', password: 'a long secret of hers' };
  const { cookie } = await call(`${base}/_session`, 'POST', 200, {}, login);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  await call(`${base}/shop`, 'PUT', 201, headers);
  const { id } = (await call(`${base}/shop`, 'POST', 201, headers, { item: 'book', count: 1 })).body;
  const { _rev } = (await call(`${base}/shop/${id}`, 'GET', 200, headers)).body;
  await call(`${base}/shop/${id}`, 'PUT', 201, headers, { _rev, item: 'book', count: 2 });
  await call(`${base}/shop/${id}`, 'GET', 200, headers);
  await call(`${base}/shop/_all_docs?include_docs=true`, 'GET', 200, headers);
  await call(`${base}/shop/${id}`, 'PUT', 409, headers, { _rev, count: 3 });
  await call(`${base}/_session`, 'GET', 200, headers);
}

async function call(
  url: string,
  method: string,
  status: number,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ body: Record<string, unknown>; cookie: string }> {
  const response = await fetch(url, {
    method,
    headers: { ...asJson, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.status !== status)
    throw new Error(`${method} ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return { body: answer, cookie: response.headers.get('set-cookie') ?? '' };
}
