import { join } from 'node:path';

export const checkoutGrpc = join(import.meta.dirname, 'service.ts');
