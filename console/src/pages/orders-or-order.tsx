import type { Route } from '../state/route.ts';
import { OrderPage } from './order.page.tsx';
import { OrdersPage } from './orders.page.tsx';

/** `#/orders` is the list, `#/orders/<id>` one of them. */
export function OrdersOrOrder({ route }: { readonly route: Route }) {
  return route.id === null ? <OrdersPage route={route} /> : <OrderPage orderId={route.id} route={route} />;
}
