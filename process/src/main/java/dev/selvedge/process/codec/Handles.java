package dev.selvedge.process.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The objects of a message by identity, numbered in the order in which the writer met them.
///
/// Most messages hold a few objects that could occur twice. Those are found by looking at each; a
/// hash table, and with it identity hash codes, come only with the ninth.
@SuppressWarnings("ReferenceEquality") // that is what it is for
final class Handles {
  private static final int SCANNED = 8;
  private static final int FIRST_TABLE = 256; // emptying it costs less than growing it twice
  private static final int KEPT = 1 << 12; // larger tables are given back after their message

  private @Nullable Object[] objects = new Object[16];
  private boolean[] open = new boolean[16]; // cannot be referred to yet
  private int size;
  private int[] table = {}; // handle + 1, or 0; open addressing, at most half full
  private int mask; // the front of the table that is in use, so that emptying it costs little

  /// {@return the handle of an object, or -1}
  int find(Object object) {
    return size <= SCANNED ? scan(object) : probe(object);
  }

  private int scan(Object object) {
    for (int i = 0; i < size; i++) {
      if (objects[i] == object) {
        return i;
      }
    }
    return -1;
  }

  private int probe(Object object) {
    for (int at = slot(object); table[at] != 0; at = (at + 1) & mask) {
      if (objects[table[at] - 1] == object) {
        return table[at] - 1;
      }
    }
    return -1;
  }

  /// Adds an object that is not there.
  int add(Object object, boolean isOpen) {
    int handle = size++;
    if (handle == objects.length) {
      objects = Arrays.copyOf(objects, 2 * handle);
      open = Arrays.copyOf(open, 2 * handle);
    }
    objects[handle] = object;
    open[handle] = isOpen;
    if (size > SCANNED) {
      index(handle);
    }
    return handle;
  }

  boolean isOpen(int handle) {
    return open[handle];
  }

  void complete(int handle) {
    open[handle] = false;
  }

  private void index(int handle) {
    if (size == SCANNED + 1 || 2 * size > mask) {
      int needed = Math.max(FIRST_TABLE, 4 * Integer.highestOneBit(size));
      if (table.length < needed) {
        table = new int[needed];
      } else {
        Arrays.fill(table, 0, needed, 0);
      }
      mask = needed - 1;
      for (int i = 0; i < size; i++) {
        insert(i);
      }
    } else {
      insert(handle);
    }
  }

  private void insert(int handle) {
    int at = slot(objects[handle]);
    while (table[at] != 0) {
      at = (at + 1) & mask;
    }
    table[at] = handle + 1;
  }

  /// Identity hash codes differ in the high bits too, of which a mask alone would see nothing.
  private int slot(@Nullable Object object) {
    int hash = System.identityHashCode(object) * 0x9E3779B9;
    return (hash ^ hash >>> 16) & mask;
  }

  void clear() {
    if (objects.length > KEPT) {
      objects = new Object[16];
      open = new boolean[16];
      table = new int[0];
    } else {
      Arrays.fill(objects, 0, size, null);
    }
    size = 0;
  }
}
