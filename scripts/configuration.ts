/** Writes the references in the docs: `node scripts/configuration.ts`. A test fails while one is older than its schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { gatewaySchema } from '../interceptor/gateway/schema.ts';
import { tunnelSchema } from '../tunnel/schema.ts';

const docs = join(import.meta.dirname, '..', 'docs');
/** The pages, and the schemas whose references they hold. */
export const pages: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['configuration.md', tunnelSchema],
  ['gateway.md', gatewaySchema],
]);
const begin = '<!-- begin of the generated reference -->';
const end = '<!-- end of the generated reference -->';

type Schema = z.core.JSONSchema.BaseSchema;

/** A page with its generated part made anew. */
export function pageWithReference(name: string, of: z.ZodType): string {
  const page = readFileSync(join(docs, name), 'utf8');
  const [before = '', rest = ''] = page.split(begin);
  const after = rest.split(end)[1] ?? '';
  const schema: Schema = z.toJSONSchema(of, { io: 'input' });
  return `${before}${begin}\n${sections('', schema).join('\n\n')}\n${end}${after}`;
}

/** One section for each object: itself, then the objects in its fields. */
function sections(name: string, schema: Schema): string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([field, property]) =>
    typeof property === 'object' ? [{ field, property }] : [],
  );
  const rows = fields.map(({ field, property }) =>
    row(field, property, schema.required?.includes(field) ?? false),
  );
  const heading = name === '' ? [] : [`### \`${name}\``];
  const own = [...heading, ['| field | takes | default | |', '|-|-|-|-|', ...rows].join('\n')].join('\n');
  const inner = fields.flatMap(({ field, property }) => {
    const object = objectIn(property);
    const path = name === '' ? field : `${name}.${field}`;
    return object === undefined ? [] : sections(property.type === 'array' ? `${path}[]` : path, object);
  });
  return [own, ...inner];
}

function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema;
  const { items } = schema;
  return typeof items === 'object' && !Array.isArray(items) && items.properties !== undefined
    ? items
    : undefined;
}

function row(field: string, schema: Schema, required: boolean): string {
  const standard = schema.default === undefined || objectIn(schema) === schema ? '' : code(schema.default);
  const cells = [`\`${field}\``, takes(schema), required ? 'required' : standard, schema.description ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function takes(schema: Schema): string {
  if (typeof schema.takes === 'string') return schema.takes;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(' or ');
  const { items } = schema;
  if (schema.type === 'array' && typeof items === 'object' && !Array.isArray(items)) {
    return items.properties === undefined ? `a list of ${takes(items)}` : 'a list';
  }
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'object') return 'fields';
  return schema.type === 'string' ? 'a text' : '';
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

if (import.meta.main) {
  for (const [name, schema] of pages) writeFileSync(join(docs, name), pageWithReference(name, schema));
}
