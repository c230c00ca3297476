import { Fragment, type ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `wide` columns are left out on a small screen. */
  readonly kind?: 'number' | 'wide' | 'wide number';
}

export interface TableProps<Row> {
  /** What the table is, for who cannot see it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What is shown below a row, over its whole width; null for rows without. */
  readonly detail?: (row: Row) => ComponentChildren;
}

export function Table<Row>({ caption, columns, rows, keyOf, detail = () => null }: TableProps<Row>) {
  return (
    <div class="table-frame">
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, kind = '' }) => (
              <th key={title} scope="col" class={kind}>
                {title === '' ? <span class="visually-hidden">Actions</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const below = detail(row);
            return (
              <Fragment key={keyOf(row)}>
                <tr>
                  {columns.map(({ title, kind = '', cell }) => (
                    <td key={title} class={kind}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
                {below === null ? null : (
                  <tr class="detail">
                    <td colSpan={columns.length}>{below}</td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export interface MoreProps {
  readonly list: { readonly hasMore: boolean; readonly isLoading: boolean; readonly loadMore: () => void };
}

export function More({ list }: MoreProps) {
  if (!list.hasMore) return null;
  return (
    <div class="more">
      <button type="button" class="button" onClick={list.loadMore} disabled={list.isLoading}>
        {list.isLoading ? 'Loading…' : 'Load more'}
      </button>
    </div>
  );
}
