import { describe, expect, it } from 'vitest';
import { type Asked, Configuring } from '../../sdk/typescript/src/configuring.ts';

function asked(messageId: string, size: number, running = true): Asked {
  return { messageId, configuration: { dataSocket: '/s', topics: [], config: { size } }, running };
}

/** A component that has taken its first configuration, of size 1. */
function configured(): Configuring {
  const configuring = new Configuring();
  const first = asked('first', 1, false);
  expect(configuring.ask(first)).toEqual({ do: 'give', asked: first });
  expect(configuring.answer(first, undefined)).toEqual({ do: 'answer', asked: first, problem: undefined });
  return configuring;
}

describe('what a component on the TypeScript SDK does about CONFIGURE', () => {
  it('is given to it and answered when it has taken or refused it', () => {
    for (const problem of [undefined, 'too much']) {
      const configuring = configured();
      const change = asked('change', 2);
      expect(configuring.ask(change)).toEqual({ do: 'give', asked: change });
      expect(configuring.answer(change, problem)).toEqual({ do: 'answer', asked: change, problem });
    }
  });

  it('is answered at once after a reconnect with the configuration in use, and given to it while it runs', () => {
    const configuring = configured();
    const again = asked('again', 1, false);
    expect(configuring.ask(again)).toEqual({ do: 'answer', asked: again, problem: undefined });
    expect(configuring.ask(asked('same', 1))).toMatchObject({ do: 'give' });
  });

  it('waits while the component takes another one, and only the newest is answered', () => {
    const configuring = configured();
    const [slow, next, newest] = [asked('slow', 2), asked('next', 3), asked('newest', 4)];
    configuring.ask(slow);
    expect(configuring.ask(next)).toBeUndefined();
    expect(configuring.ask(newest)).toBeUndefined();
    expect(configuring.answer(slow, undefined)).toEqual({ do: 'give', asked: newest });
    expect(configuring.answer(newest, undefined)).toEqual({ do: 'answer', asked: newest, problem: undefined });
  });

  it('is not answered on another connection; that one says which configuration counts', () => {
    const configuring = configured();
    const lost = asked('lost', 2);
    configuring.ask(lost);
    configuring.lost();
    expect(configuring.answer(lost, undefined)).toBeUndefined();
    const back = asked('back', 1, false);
    expect(configuring.ask(back)).toEqual({ do: 'give', asked: back });
    expect(configuring.answer(back, undefined)).toEqual({ do: 'answer', asked: back, problem: undefined });
  });

  it('that was refused is given to it again after a reconnect', () => {
    const configuring = configured();
    configuring.ask(asked('change', 2));
    configuring.answer(asked('change', 2), 'too much');
    expect(configuring.ask(asked('back', 2, false))).toMatchObject({ do: 'give' });
  });
});
