/** One command with arguments of text, in RESP. */
export function command(...args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
  return text;
}

/** The beginning of a command whose last argument is `bytes` long and follows, then `\r\n`. */
export function commandBefore(bytes: number, ...args: readonly string[]): string {
  return `${command(...args).replace(/^\*\d+/, `*${args.length + 1}`)}$${bytes}\r\n`;
}
