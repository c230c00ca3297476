import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * A lock between processes that the operating system takes back when its holder ends, however it ends. Node has no call
 * for locking files, but SQLite does exactly this with every database it writes to.
 */
export class FileLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @returns null when another process holds it */
  static tryAcquire(file: string): FileLock | null {
    mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      return new FileLock(database);
    } catch (error) {
      database.close();
      if (/database is locked/.test((error as Error).message)) return null;
      throw error;
    }
  }

  release(): void {
    this.#database.close();
  }
}
