import type { Detector } from '../port.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { card } from './card.ts';
import { cookie } from './cookie.ts';
import { email } from './email.ts';
import { jwt } from './jwt.ts';
import { password } from './password.ts';
import { userinfo } from './userinfo.ts';

/** All detectors, in order of precedence: of two findings that overlap, the earlier detector's stands. */
export const detectors: readonly Detector[] = [jwt, cookie, basic, bearer, userinfo, password, card, email];
