/**
 * Follows rooms for everybody who listens to them at this process: one statement a second for each room, however many listen.
 * It also admits, so the room goes on at its full rate as long as anybody listens anywhere.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { RoomProgress } from '../../../db/repositories/waiting-rooms.repository.ts';
import type { ApiDependencies } from '../dependencies.ts';

export interface RoomFollower {
  /** The room has gone on, or its settings have changed. */
  readonly onChange: (progress: RoomProgress) => void;
  /** The service stops. */
  readonly onStop: () => void;
}

export interface RoomWatch {
  /** @returns ends it; harmless when it has ended */
  follow(roomId: string, follower: RoomFollower): () => void;
}

/** Who follows a room, and what each was told last; null when it was told nothing yet. */
type Followers = Map<RoomFollower, RoomProgress | null>;

/** How often a room is looked at, milliseconds; more often than its bucket is full. */
const PERIOD_MS = 500;

export function createRoomWatch(dependencies: ApiDependencies): RoomWatch {
  const rooms = new Map<string, Followers>();

  const look = async (roomId: string, followers: Followers): Promise<void> => {
    const { repositories, environment, logger } = dependencies;
    try {
      const progress = await repositories.waitingRooms.admit(roomId, environment.WAITING_ROOM_TOKEN_VALID_MS);
      if (progress === null) return;
      for (const [follower, told] of followers) {
        if (!hasChanged(told, progress)) continue;
        followers.set(follower, progress);
        follower.onChange(progress);
      }
    } catch (error) {
      logger.warn({ err: error, roomId }, 'a waiting room could not be looked at; the next look may succeed');
    }
  };

  const watch = async (roomId: string, followers: Followers): Promise<void> => {
    for (;;) {
      // Must not keep a process alive that has nothing else to do.
      await wait(PERIOD_MS, undefined, { ref: false });
      if (dependencies.isStopping()) for (const follower of followers.keys()) follower.onStop();
      if (followers.size === 0) break;
      await look(roomId, followers);
    }
    rooms.delete(roomId);
  };

  return {
    follow(roomId, follower) {
      let followers = rooms.get(roomId);
      if (followers === undefined) {
        followers = new Map();
        rooms.set(roomId, followers);
        void watch(roomId, followers);
      }
      const joined = followers;
      joined.set(follower, null);
      return () => {
        joined.delete(follower);
      };
    },
  };
}

function hasChanged(before: RoomProgress | null, now: RoomProgress): boolean {
  return (
    before === null ||
    before.admittedNumber !== now.admittedNumber ||
    before.admissionsPerSecond !== now.admissionsPerSecond ||
    before.closed !== now.closed
  );
}
