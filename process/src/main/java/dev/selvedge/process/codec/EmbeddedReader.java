package dev.selvedge.process.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.OptionalDataException;
import java.io.StreamCorruptedException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads JDK serialization within a message, chunk by chunk; see [Wire].
final class EmbeddedReader {
  private static final Set<String> READING =
      Set.of("readObject", "readExternal", "readResolve", "readObjectNoData", "<init>");

  private final Decoding outer;
  private final Feed feed = new Feed();
  private final EmbeddedFilter filter;
  private @Nullable Stream objects;

  EmbeddedReader(Decoding outer) {
    this.outer = outer;
    this.filter = new EmbeddedFilter(outer.codecs());
  }

  @Nullable Object read(byte[] bytes, int from, int length) throws IOException {
    feed.open(bytes, from, length);
    filter.allowFor(length);
    try {
      Object object = objects().readObject();
      if (feed.available() > 0) {
        throw new CorruptMessageException("a serialized object ends before its chunk");
      }
      return object;
    } catch (ClassNotFoundException e) {
      throw new MissingClassException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw explained(e);
    } catch (VirtualMachineError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw unreadable(e);
    }
  }

  private Stream objects() throws IOException {
    Stream stream = objects;
    if (stream == null) {
      stream = new Stream();
      objects = stream;
    }
    return stream;
  }

  private IOException explained(IOException e) {
    if (filter.refused() != null) {
      var refused =
          new InvalidClassException(filter.refused().getName(), "refused by the ObjectInputFilter");
      refused.initCause(e);
      return refused;
    }
    return switch (e) {
      case CorruptMessageException corrupt -> corrupt;
      case MissingClassException missing -> missing;
      case UnreadableObjectException unreadable -> unreadable;
      case EOFException _, StreamCorruptedException _, OptionalDataException _ ->
          new CorruptMessageException("a serialized object is damaged: " + e, e);
      default -> unreadable(e);
    };
  }

  private UnreadableObjectException unreadable(Throwable e) {
    return new UnreadableObjectException(
        "an object of the class " + culprit(e) + " cannot be read: " + e, e);
  }

  /// {@return whose code threw, as the trace tells; or else the class that was begun last}
  private String culprit(Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      for (StackTraceElement frame : at.getStackTrace()) {
        if (READING.contains(frame.getMethodName()) && !frame.getClassName().startsWith("java.")) {
          return frame.getClassName();
        }
        if (frame.getClassName().equals(EmbeddedReader.class.getName())) {
          break;
        }
      }
    }
    return filter.last() == null ? "of which nothing was read" : filter.last().getName();
  }

  /// The bytes of the chunks, one after the other.
  private static final class Feed extends InputStream {
    private byte[] bytes = new byte[0];
    private int position;
    private int limit;

    void open(byte[] chunk, int from, int length) {
      bytes = chunk;
      position = from;
      limit = from + length;
    }

    @Override
    public int read() {
      return position == limit ? -1 : bytes[position++] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      Objects.checkFromIndexSize(offset, length, target.length);
      if (length == 0) {
        return 0;
      }
      if (position == limit) {
        return -1;
      }
      int count = Math.min(length, limit - position);
      System.arraycopy(bytes, position, target, offset, count);
      position += count;
      return count;
    }

    @Override
    public int available() {
      return limit - position;
    }
  }

  private final class Stream extends ObjectInputStream {
    Stream() throws IOException {
      super(feed);
      setObjectInputFilter(filter);
      enableResolveObject(true);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass form) throws ClassNotFoundException {
      if (form.getName().equals(Ref.class.getName())) {
        return Ref.class; // which the program's loader need not know
      }
      Class<?> primitive = Class.forPrimitiveName(form.getName());
      return primitive == null ? Class.forName(form.getName(), false, outer.loader()) : primitive;
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces) throws ClassNotFoundException {
      Class<?>[] types = new Class<?>[interfaces.length];
      for (int i = 0; i < types.length; i++) {
        types[i] = Class.forName(interfaces[i], false, outer.loader());
      }
      InvocationHandler none = (proxy, method, arguments) -> null;
      try {
        return Proxy.newProxyInstance(outer.loader(), types, none).getClass();
      } catch (IllegalArgumentException e) {
        throw new ClassNotFoundException(String.join(", ", interfaces), e);
      }
    }

    @Override
    protected @Nullable Object resolveObject(@Nullable Object object) throws IOException {
      return object instanceof Ref reference ? outer.referred(reference) : object;
    }
  }
}
