import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { unpackDebian } from './debian.ts';
import { cacheFolder, goBinFolder, onPath, unpacked } from './find.ts';

const buildDeadlineMs = 900_000;
const toolchainDeadlineMs = 300_000;

/** The toolchain brought where the machine has no Go. Debian's own only fetches it: it is too old to do more. */
const toolchain = `golang.org/toolchain@v0.0.1-go1.26.0.linux-${process.arch === 'x64' ? 'amd64' : process.arch}`;

/**
 * Builds the Go program `target` (`package@version`) as `.cache/go/bin/<program>`. Throws where there is no Go to be
 * had, or the build fails.
 */
export async function buildGo(program: string, target: string): Promise<void> {
  await mkdir(goBinFolder, { recursive: true });
  const own = onPath('go');
  if (own !== undefined) return install(own.path, {}, program, target);
  const brought = await bringToolchain().catch((cause) => {
    throw new Error(`there is no Go here, and it could not be brought: ${cause.message}`, { cause });
  });
  return install(join(brought, 'bin', 'go'), moduleFolders(), program, target);
}

/** Go names a program after its package's last folder, and many a package ends in `client`. */
async function install(
  go: string,
  folders: Readonly<Record<string, string>>,
  program: string,
  target: string,
): Promise<void> {
  const folder = await mkdtemp(`${goBinFolder}-`);
  try {
    const environment = { ...folders, GOBIN: folder, CGO_ENABLED: '0', PATH: withFolderOf(go) };
    await runCommand(go, ['install', '-trimpath', '-ldflags', '-s -w', target], {
      environment,
      cwd: cacheFolder,
      deadlineMs: buildDeadlineMs,
    });
    const built = basename(target.split('@')[0] ?? target);
    await rename(join(folder, built), join(goBinFolder, program));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a brought Go keeps its modules: with us, and deletable. */
function moduleFolders(): Record<string, string> {
  return {
    GOPATH: join(cacheFolder, 'go', 'path'),
    GOCACHE: join(cacheFolder, 'go', 'build'),
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
  };
}

function withFolderOf(go: string): string {
  return `${dirname(go)}:${process.env.PATH ?? ''}`;
}

/** Unpacks Debian's Go and has it fetch the newer toolchain, which is a Go module; returns the toolchain's folder. */
async function bringToolchain(): Promise<string> {
  await unpackDebian('go', ['golang-go']);
  const old = unpacked('go');
  if (old === undefined) throw new Error('Debian holds no Go');
  const answer: unknown = JSON.parse(
    await runCommand(old.path, ['mod', 'download', '-json', toolchain], {
      environment: { ...moduleFolders(), PATH: withFolderOf(old.path) },
      cwd: cacheFolder,
      deadlineMs: toolchainDeadlineMs,
    }),
  );
  const folder: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'Dir') : undefined;
  if (typeof folder !== 'string') throw new Error(`${toolchain} could not be fetched`);
  await makeExecutable(join(folder, 'bin'));
  await makeExecutable(join(folder, 'pkg', 'tool'));
  return folder;
}

/** Modules carry no execute permission; the Go command that fetches toolchains sets it likewise. */
async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
