/// The code in the README and in the guide compiles, and its programs print what the pages say.
@NullMarked
package dev.selvedge.examples.docs;

import org.jspecify.annotations.NullMarked;
