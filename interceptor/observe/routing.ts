import type { ExceptionType } from '../triggers/index.ts';
import type { HeadFacts, RequestFacts } from './head-facts.ts';

/** What an observer has to know where one connection's requests go to several services. */
export interface Routing {
  /** The name of a request's service. */
  serviceOf(request: RequestFacts): string;
  /** How its service failed, where the response is one that was given in its place. */
  exceptionIn(response: HeadFacts): ExceptionType | undefined;
}
