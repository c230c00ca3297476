/** What a thread that runs workflows begins with: the files that it is told of, of which the last is the SDK's. */
'use strict';
for (const file of process.argv.slice(2)) require(file);
