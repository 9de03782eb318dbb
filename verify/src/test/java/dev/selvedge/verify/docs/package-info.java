/// What the pages in `docs/` say about tests, rows and files is true.
@NullMarked
package dev.selvedge.verify.docs;

import org.jspecify.annotations.NullMarked;
