import { type PartName, recipeOf } from './catalogue.ts';
import { type RunningContainer, startContainer } from './container.ts';
import { unpackDebian } from './debian.ts';
import { findPart, missingVariable } from './find.ts';
import { buildGo } from './go.ts';

/** What the set-up brought. Disposing it stops the containers that it started. */
export interface Brought extends AsyncDisposable {
  /** Variables that the test processes need: URLs of containers, and why each missing part is missing. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes sure of parts, one after the other: what is there is taken, what is not is unpacked, built or run in a
 * container. A part that cannot be had is no error; the tests that need it are skipped by its name.
 */
export async function bringParts(names: readonly PartName[], say: (line: string) => void): Promise<Brought> {
  const containers: RunningContainer[] = [];
  const missing: Record<string, string> = {};
  for (const name of names) {
    if (findPart(name).kind !== 'missing') continue;
    const failures: string[] = [];
    for (const way of waysTo(name, containers)) {
      say(`${name}: ${way.what} …`);
      const failure = await way.go().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (failure === undefined) break;
      say(`${name}: ${failure}`);
      failures.push(failure);
    }
    if (findPart(name).kind === 'missing') missing[name] = whyNone(name, failures);
  }
  const exported = containers.map((container) => container.environment);
  return {
    environment: Object.assign({ [missingVariable]: JSON.stringify(missing) }, ...exported),
    async [Symbol.asyncDispose]() {
      for (const container of containers) await container[Symbol.asyncDispose]();
    },
  };
}

interface Way {
  readonly what: string;
  readonly go: () => Promise<unknown>;
}

function waysTo(name: PartName, containers: RunningContainer[]): Way[] {
  const { program, debian, go, image } = recipeOf(name);
  const ways: Way[] = [];
  if (debian) ways.push({ what: `unpacking Debian's ${program}`, go: () => unpackDebian(program, debian) });
  if (go) ways.push({ what: `building ${go} (some minutes)`, go: () => buildGo(program, go) });
  if (image) {
    ways.push({
      what: `starting a container of ${image.name}`,
      go: async () => {
        const container = await startContainer(image);
        containers.push(container);
        Object.assign(process.env, container.environment);
      },
    });
  }
  return ways;
}

function whyNone(name: PartName, failures: readonly string[]): string {
  return failures.length === 0 ? `${recipeOf(name).program} is not on the PATH` : failures.join('; ');
}
