import type { Routing } from '../observe/routing.ts';
import { addressed } from './addressed.ts';
import { exceptionIn } from './faults.ts';
import { gatewayService } from './names.ts';
import type { Routes } from './routes.ts';

/** What an observer has to know of a gateway: the same routes as the router, and how its refusals read. */
export function routingBy(routes: Routes): Routing {
  return {
    serviceOf: (request) => {
      const whom = addressed(request.fields('host'), request.target);
      const choice = whom && routes.choose(whom.host, request.target);
      return choice?.kind === 'service' ? choice.service.name : gatewayService;
    },
    exceptionIn: (response) => exceptionIn(response.field('proxy-status')),
  };
}
