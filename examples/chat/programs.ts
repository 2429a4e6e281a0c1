import { join } from 'node:path';

export const chat = join(import.meta.dirname, 'service.ts');
