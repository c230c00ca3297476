import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';

const location = z.strictObject({ id: z.string(), name: z.string() }).meta({ id: 'Location' });

export const listLocationsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/locations',
  operationId: 'listLocations',
  tag: 'Inventory',
  summary: 'List the stock locations, the preferred first',
  permission: 'inventory:read',
  answers: { 200: { description: 'All of them', schema: z.strictObject({ items: z.array(location) }) } },
  handle: async (_request, { repositories }) => {
    const locations = await repositories.inventory.listLocations();
    return { httpStatus: 200, body: { items: locations.map(({ id, name }) => ({ id, name })) } };
  },
});
