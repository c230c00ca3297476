/**
 * Puts the message and the stack of every failure into a payload, so that the codec encrypts them as well: what another
 * company's system answers may name a person. CommonJS, because Temporal loads a converter by path with require().
 */
'use strict';

const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
