package dev.selvedge.process.codec;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A type of the JDK whose objects are values: they hold no other objects, and nobody asks which
/// one it is, so they have no handles.
record Leaf<T>(int tag, Class<T> type, Writer<T> writer, Reader<T> reader) implements Form {

  /// Writes what follows the tag.
  interface Writer<T> {
    void write(T value, WriteBuffer out);
  }

  /// Reads what follows the tag.
  interface Reader<T> {
    T read(ReadBuffer in) throws CorruptMessageException;
  }

  static final List<Leaf<?>> ALL =
      List.of(
          new Leaf<>(Wire.BYTE, Byte.class, (v, out) -> out.putByte(v), ReadBuffer::getByte),
          new Leaf<>(Wire.SHORT, Short.class, (v, out) -> out.putShort(v), ReadBuffer::getShort),
          new Leaf<>(
              Wire.CHARACTER,
              Character.class,
              (v, out) -> out.putShort(v),
              in -> (char) in.getShort()),
          new Leaf<>(
              Wire.FLOAT,
              Float.class,
              (v, out) -> out.putInt(Float.floatToRawIntBits(v)),
              in -> Float.intBitsToFloat(in.getInt())),
          new Leaf<>(
              Wire.DOUBLE,
              Double.class,
              (v, out) -> out.putLong(Double.doubleToRawLongBits(v)),
              in -> Double.longBitsToDouble(in.getLong())),
          new Leaf<>(Wire.BIG_INTEGER, BigInteger.class, Leaf::put, Leaf::bigInteger),
          new Leaf<>(
              Wire.BIG_DECIMAL,
              BigDecimal.class,
              (v, out) -> {
                out.putInt(v.scale());
                put(v.unscaledValue(), out);
              },
              in -> {
                int scale = in.getInt();
                return new BigDecimal(bigInteger(in), scale);
              }),
          new Leaf<>(
              Wire.UUID,
              UUID.class,
              (v, out) -> {
                out.putLong(v.getMostSignificantBits());
                out.putLong(v.getLeastSignificantBits());
              },
              in -> {
                long high = in.getLong();
                return new UUID(high, in.getLong());
              }),
          text(Wire.URI, URI.class, URI::create),
          new Leaf<>(
              Wire.DURATION,
              Duration.class,
              (v, out) -> {
                out.putLong(v.getSeconds());
                out.putInt(v.getNano());
              },
              in -> {
                long seconds = in.getLong();
                return Duration.ofSeconds(seconds, in.getInt());
              }),
          text(Wire.PERIOD, Period.class, Period::parse),
          new Leaf<>(
              Wire.INSTANT,
              Instant.class,
              (v, out) -> {
                out.putLong(v.getEpochSecond());
                out.putInt(v.getNano());
              },
              in -> {
                long seconds = in.getLong();
                return Instant.ofEpochSecond(seconds, in.getInt());
              }),
          new Leaf<>(Wire.LOCAL_DATE, LocalDate.class, Leaf::put, Leaf::date),
          new Leaf<>(Wire.LOCAL_TIME, LocalTime.class, Leaf::put, Leaf::time),
          new Leaf<>(Wire.LOCAL_DATE_TIME, LocalDateTime.class, Leaf::put, Leaf::dateTime),
          text(Wire.ZONE_OFFSET, ZoneOffset.class, ZoneOffset::of),
          new Leaf<>(
              Wire.OFFSET_DATE_TIME,
              OffsetDateTime.class,
              (v, out) -> {
                put(v.toLocalDateTime(), out);
                out.putInt(v.getOffset().getTotalSeconds());
              },
              in -> OffsetDateTime.of(dateTime(in), offset(in))),
          new Leaf<>(
              Wire.ZONED_DATE_TIME,
              ZonedDateTime.class,
              (v, out) -> {
                put(v.toLocalDateTime(), out);
                out.putInt(v.getOffset().getTotalSeconds());
                out.putText(v.getZone().getId());
              },
              in -> {
                LocalDateTime local = dateTime(in);
                ZoneOffset offset = offset(in);
                return ZonedDateTime.ofStrict(local, offset, ZoneId.of(in.getText()));
              }));

  private static final Map<Class<?>, Form> FORMS =
      ALL.stream().collect(Collectors.toMap(Leaf::type, leaf -> leaf));

  /// {@return the form of a class, or null if its objects are no leaves}
  static @Nullable Form form(Class<?> type) {
    if (type == Boolean.class) {
      return (out, value) -> out.tag((Boolean) value ? Wire.TRUE : Wire.FALSE);
    }
    return type == Long.class ? Leaf::number : FORMS.get(type);
  }

  @Override
  public void write(Encoding out, Object value) throws IOException {
    out.tag(tag);
    writer.write(type.cast(value), out.out());
  }

  private static void number(Encoding out, Object value) {
    long number = (Long) value;
    if (number == (int) number) {
      out.tag(Wire.LONG_4);
      out.writeInt((int) number);
    } else {
      out.tag(Wire.LONG_8);
      out.writeLong(number);
    }
  }

  private static <T> Leaf<T> text(int tag, Class<T> type, Function<String, T> parse) {
    return new Leaf<>(
        tag, type, (v, out) -> out.putText(v.toString()), in -> parse.apply(in.getText()));
  }

  private static void put(BigInteger value, WriteBuffer out) {
    byte[] bytes = value.toByteArray();
    out.putCount(bytes.length);
    out.putBytes(bytes, 0, bytes.length);
  }

  private static BigInteger bigInteger(ReadBuffer in) throws CorruptMessageException {
    int length = in.claimBytes(1);
    return new BigInteger(in.bytes(), in.take(length), length);
  }

  private static void put(LocalDate value, WriteBuffer out) {
    out.putLong(value.toEpochDay());
  }

  private static LocalDate date(ReadBuffer in) throws CorruptMessageException {
    return LocalDate.ofEpochDay(in.getLong());
  }

  private static void put(LocalTime value, WriteBuffer out) {
    out.putLong(value.toNanoOfDay());
  }

  private static LocalTime time(ReadBuffer in) throws CorruptMessageException {
    return LocalTime.ofNanoOfDay(in.getLong());
  }

  private static void put(LocalDateTime value, WriteBuffer out) {
    put(value.toLocalDate(), out);
    put(value.toLocalTime(), out);
  }

  private static LocalDateTime dateTime(ReadBuffer in) throws CorruptMessageException {
    LocalDate date = date(in);
    return LocalDateTime.of(date, time(in));
  }

  private static ZoneOffset offset(ReadBuffer in) throws CorruptMessageException {
    return ZoneOffset.ofTotalSeconds(in.getInt());
  }
}
