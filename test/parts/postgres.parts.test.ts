import { Client } from 'pg';
import { expect, it } from 'vitest';
import { needs } from './needs.ts';
import { usePostgres } from './postgres.ts';

it('a database of a test is empty, takes what it is given, and is its own', needs('postgres'), async () => {
  await using first = await usePostgres();
  await using second = await usePostgres();
  const clients = [first, second].map(({ url }) => new Client(url));
  for (const client of clients) {
    await client.connect();
    await client.query('CREATE TABLE same (name text)');
    await client.query("INSERT INTO same VALUES ('one')");
    expect((await client.query('SELECT * FROM same')).rows).toEqual([{ name: 'one' }]);
    await client.end();
  }
});
