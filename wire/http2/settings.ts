import { beyond, malformed } from './breach.ts';
import { uint32 } from './frame.ts';
import { limits } from './limits.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

const identifiers = {
  tableSize: 1,
  enablePush: 2,
  initialWindow: 4,
  frameSize: 5,
  connectProtocol: 8,
} as const;

/** What one side allows the other (RFC 9113 section 6.5.2). */
export interface Allowed {
  tableSize: number;
  push: boolean;
  initialWindow: number;
  frameSize: number;
}

const firstAllowed: Allowed = {
  tableSize: 4096,
  push: true,
  initialWindow: 65_535,
  frameSize: 16_384,
};

/** A SETTINGS frame that was not acknowledged: what holds behind it, and the smallest table that it named. */
export interface PendingSettings extends Allowed {
  leastTable: number;
}

/**
 * The settings that one side announces. They bind the other from its acknowledgement on; it may use what they give it
 * before that.
 */
export class AnnouncedSettings {
  /** What was acknowledged. */
  allowed: Allowed = firstAllowed;
  readonly pending: PendingSettings[] = [];

  /** What it announced last. */
  get newest(): Allowed {
    return this.pending.at(-1) ?? this.allowed;
  }

  /** The payload of a SETTINGS frame. */
  announce(bytes: Uint8Array, start: number, end: number): void {
    if ((end - start) % 6 !== 0) malformed('SETTINGS of a wrong length');
    if (this.pending.length >= limits.pendingSettings) beyond('many SETTINGS without an answer');
    const { tableSize, push, initialWindow, frameSize } = this.newest;
    const next = { tableSize, push, initialWindow, frameSize, leastTable: Number.POSITIVE_INFINITY };
    for (let at = start; at < end; at += 6) {
      set(next, ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0), uint32(bytes, at + 2));
    }
    this.pending.push({ ...next, leastTable: Math.min(next.leastTable, next.tableSize) });
  }

  /** The other side acknowledged the oldest that it had not. */
  acknowledged(): PendingSettings {
    const settings = this.pending.shift() ?? malformed('an acknowledgement of nothing');
    this.allowed = settings;
    return settings;
  }

  /** The most of it that was announced and acknowledged, or may be any moment. */
  most(which: 'tableSize' | 'initialWindow' | 'frameSize'): number {
    let most = this.allowed[which];
    for (const settings of this.pending) most = Math.max(most, settings[which]);
    return most;
  }

  write(state: StateWriter): void {
    writeAllowed(state, this.allowed);
    state.number(this.pending.length);
    for (const settings of this.pending) {
      writeAllowed(state, settings);
      state.number(settings.leastTable);
    }
  }

  read(state: StateReader): void {
    this.allowed = readAllowed(state);
    for (let left = state.count(); left > 0; left--) {
      this.pending.push({ ...readAllowed(state), leastTable: state.number() });
    }
  }
}

function writeAllowed(state: StateWriter, { tableSize, push, initialWindow, frameSize }: Allowed): void {
  state.number(tableSize);
  state.flag(push);
  state.number(initialWindow);
  state.number(frameSize);
}

function readAllowed(state: StateReader): Allowed {
  return {
    tableSize: state.number(),
    push: state.flag(),
    initialWindow: state.number(),
    frameSize: state.number(),
  };
}

function set(settings: PendingSettings, identifier: number, value: number): void {
  switch (identifier) {
    case identifiers.tableSize:
      settings.tableSize = value;
      settings.leastTable = Math.min(settings.leastTable, value);
      break;
    case identifiers.enablePush:
      if (value > 1) malformed('ENABLE_PUSH that is neither 0 nor 1');
      settings.push = value === 1;
      break;
    case identifiers.initialWindow:
      if (value > 0x7fffffff) malformed('an initial window past 2^31 - 1');
      settings.initialWindow = value;
      break;
    case identifiers.frameSize:
      if (value < 16_384 || value > 0xffffff) malformed('a frame size out of bounds');
      settings.frameSize = value;
      break;
    case identifiers.connectProtocol:
      if (value > 1) malformed('ENABLE_CONNECT_PROTOCOL that is neither 0 nor 1');
      break;
  }
}
