import { GenericContainer } from 'testcontainers';
import type { ContainerImage } from './catalogue.ts';

const startDeadlineMs = 180_000;

/** A server in a container, which ends with the disposal, and the variables by which tests find it. */
export interface RunningContainer extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a server from its image through Docker. Throws where Docker does not answer or has no such image. */
export async function startContainer(image: ContainerImage): Promise<RunningContainer> {
  const container = await new GenericContainer(image.name)
    .withExposedPorts(image.port)
    .withEnvironment({ ...image.environment })
    .withCommand([...image.command])
    .withStartupTimeout(startDeadlineMs)
    .start();
  return {
    environment: image.exports(container.getHost(), container.getMappedPort(image.port)),
    async [Symbol.asyncDispose]() {
      await container.stop();
    },
  };
}
