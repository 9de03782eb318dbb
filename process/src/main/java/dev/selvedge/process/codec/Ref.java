package dev.selvedge.process.codec;

import java.io.Serializable;

/// Stands within JDK serialization for what the message itself holds: an object with a handle, or,
/// if negative, the complement of the number of a hoisted one. See [Wire].
record Ref(int number) implements Serializable {}
