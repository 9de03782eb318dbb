package dev.selvedge.process.shared;

/// What a block is for. The order is that of the numbers in the heads of blocks.
enum Kind {
  MEMORY(SharedMemory.class, "block of memory"),
  LONGS(SharedArray.OfLong.class, "array of longs"),
  INTS(SharedArray.OfInt.class, "array of ints"),
  DOUBLES(SharedArray.OfDouble.class, "array of doubles"),
  BYTES(SharedArray.OfByte.class, "array of bytes"),
  LONG(SharedValue.OfLong.class, "long value"),
  INT(SharedValue.OfInt.class, "int value"),
  DOUBLE(SharedValue.OfDouble.class, "double value"),
  LIST(SharedList.class, "list"),
  LOCK(SharedLock.class, "lock"),
  SEMAPHORE(SharedSemaphore.class, "semaphore"),
  LIMIT(SharedLimit.class, "limit"),
  EVENT(SharedEvent.class, "event"),
  BARRIER(SharedBarrier.class, "barrier"),
  QUEUE(SharedQueue.class, "queue"),
  PIPE(SharedPipe.class, "pipe"),
  ONE_WAY_PIPE(SharedOneWayPipe.class, "one-way pipe");

  private final Class<? extends Shared> type;
  private final String title;

  Kind(Class<? extends Shared> type, String title) {
    this.type = type;
    this.title = title;
  }

  /// {@return the kind of handles of a type}
  static Kind of(Class<? extends Shared> type) {
    for (Kind kind : values()) {
      if (kind.type == type) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        type.getSimpleName() + " has no block of its own; give the type that the scope made");
  }

  /// {@return its number}
  @SuppressWarnings("EnumOrdinal") // all processes run the same version
  int number() {
    return ordinal();
  }

  /// {@return what messages call the kind with a number}
  @SuppressWarnings("EnumOrdinal")
  static String title(int number) {
    return number >= 0 && number < values().length ? values()[number].title : "thing unknown here";
  }

  /// {@return what messages call it}
  String title() {
    return title;
  }

  /// {@return a handle for an attachment}
  Shared handle(Block block) {
    return switch (this) {
      case MEMORY -> new SharedMemory(block);
      case LONGS -> new SharedArray.OfLong(block);
      case INTS -> new SharedArray.OfInt(block);
      case DOUBLES -> new SharedArray.OfDouble(block);
      case BYTES -> new SharedArray.OfByte(block);
      case LONG -> new SharedValue.OfLong(block);
      case INT -> new SharedValue.OfInt(block);
      case DOUBLE -> new SharedValue.OfDouble(block);
      case LIST -> new SharedList(block);
      case LOCK -> SharedLock.of(block);
      case SEMAPHORE -> new SharedSemaphore(block);
      case LIMIT -> new SharedLimit(block);
      case EVENT -> new SharedEvent(block);
      case BARRIER -> new SharedBarrier(block);
      case QUEUE -> new SharedQueue<>(block);
      case PIPE -> new SharedPipe(block);
      case ONE_WAY_PIPE -> new SharedOneWayPipe(block);
    };
  }
}
