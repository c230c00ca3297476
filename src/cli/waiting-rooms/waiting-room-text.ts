import { pairs, table } from '../output/table.ts';
import type { WaitingRoomReply, WaitingRoomSettingsReply } from './waiting-room-replies.ts';

/** The settings of a room for people. */
export function settingsText(room: WaitingRoomSettingsReply): string {
  return pairs(settingsPairs(room));
}

/** A room for people, with how far it is. */
export function waitingRoomText(room: WaitingRoomReply): string {
  return pairs([
    ...settingsPairs(room),
    ['State', room.state],
    ['Waiting', String(room.waiting)],
    ['Admitted', String(room.admitted)],
    ['Bought', String(room.bought)],
  ]);
}

/** A list for people. */
export function waitingRoomListText(rooms: readonly WaitingRoomReply[]): string {
  if (rooms.length === 0) return 'No waiting rooms.';
  return table(
    [
      { title: 'Room' },
      { title: 'Name' },
      { title: 'State' },
      { title: 'Per second', align: 'right' },
      { title: 'Waiting', align: 'right' },
      { title: 'Admitted', align: 'right' },
      { title: 'Bought', align: 'right' },
    ],
    rooms.map((room) => [
      room.id,
      room.name,
      room.state,
      String(room.admissionsPerSecond),
      String(room.waiting),
      String(room.admitted),
      String(room.bought),
    ]),
  );
}

function settingsPairs(room: WaitingRoomSettingsReply): (readonly [string, string])[] {
  return [
    ['Room', room.id],
    ['Name', room.name],
    ['Items', room.skus.join(', ')],
    [
      'Admits',
      room.admissionsPerSecond === 0 ? 'nobody (it pauses)' : `${room.admissionsPerSecond} a second`,
    ],
    ['Opens', room.opensAt ?? 'at once'],
    ['Closes', room.closesAt ?? '–'],
  ];
}
