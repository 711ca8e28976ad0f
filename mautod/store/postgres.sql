-- What PostgreSQL (14 or later) needs to answer the SQL of rules as SQLite does.
--
-- The tables of mautod.db live in the schema beside these functions, and `search_path` is
-- `mautod, pg_catalog`: what has a name of PostgreSQL's own stands before it. JSON is JSONB.
-- Text with the character U+0000 cannot be stored at all. A number that JSON writes beyond 1e300
-- counts as infinite, so that ten thousand times it is still a number.

CREATE SCHEMA mautod;
SET search_path = mautod, pg_catalog;

-- How letters of any alphabet become lower case; `str.lower` of Python does the same.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'pg_unicode_fast') THEN
    CREATE COLLATION letters FROM pg_catalog.pg_unicode_fast;
  ELSE
    CREATE COLLATION letters FROM pg_catalog."und-x-icu";
  END IF;
END $$;

CREATE FUNCTION fold(told text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.lower(told COLLATE letters);

-- Only A to Z, whatever the locale of the database.
CREATE FUNCTION lower(told text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.lower(told COLLATE "C");

CREATE FUNCTION instr(told text, part text) RETURNS integer IMMUTABLE PARALLEL SAFE
RETURN strpos(told, part);

-- A half goes away from zero, not to the even neighbour.
CREATE FUNCTION round(x double precision) RETURNS double precision IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(x) < 4503599627370496 THEN sign(x) * floor(abs(x) + 0.5) ELSE x END;

-- JSON. A path is as SQLite writes it, which is a path of SQL/JSON too; numbers are all `real`.

CREATE FUNCTION json_found(document jsonb, path text) RETURNS jsonb IMMUTABLE PARALLEL SAFE
RETURN jsonb_path_query_first(document, ('strict ' || path)::jsonpath, '{}', true);

CREATE FUNCTION json_kind(found jsonb) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(found) WHEN 'string' THEN 'text' WHEN 'number' THEN 'real'
  WHEN 'boolean' THEN found::text ELSE jsonb_typeof(found) END;

-- One text for each value of a double.
CREATE FUNCTION number_text(x double precision) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(x) < 9.2e18 AND x = trunc(x) THEN x::bigint::text ELSE x::text END;

-- A whole number of 64 bits is one; any other is the double nearest to it.
CREATE FUNCTION number_text(x numeric) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN scale(x) = 0 AND x BETWEEN -9223372036854775808 AND 9223372036854775807 THEN x::text
  WHEN abs(x) > 1e300 THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
  WHEN abs(x) < 1e-300 THEN '0'
  ELSE number_text(x::double precision) END;

CREATE FUNCTION json_told(found jsonb) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(found) = 'number' THEN number_text(found::numeric)
  ELSE found #>> '{}' END;

CREATE FUNCTION json_type(document jsonb, path text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN json_kind(json_found(document, path));

CREATE FUNCTION json_extract(document jsonb, path text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN json_told(json_found(document, path));

CREATE FUNCTION json_extract(document text, path text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN json_extract(document::jsonb, path);

CREATE FUNCTION json_list(found jsonb) RETURNS jsonb IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(found) = 'array' THEN found ELSE '[]' END;

CREATE FUNCTION json_array_length(document jsonb, path text) RETURNS integer
IMMUTABLE PARALLEL SAFE
RETURN jsonb_array_length(json_list(json_found(document, path)));

-- The items of a list; of anything else none.
CREATE FUNCTION json_each(document jsonb, path text)
RETURNS TABLE (key bigint, value text, type text) IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT i.number - 1, json_told(i.item), json_kind(i.item)
  FROM jsonb_array_elements(json_list(json_found(document, path)))
    WITH ORDINALITY AS i (item, number);
END;

CREATE FUNCTION json_each(document text)
RETURNS TABLE (key bigint, value text, type text) IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT i.key, i.value, i.type FROM json_each(document::jsonb, '$') i;
END;

-- Dates: what mautod/core/rules/dates.py says, line by line.

-- The first instant at which clocks in `zone` show `shown`; if they skip it, as if they did not.
CREATE FUNCTION shown_at(shown timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  later timestamptz := shown AT TIME ZONE zone;
  day_before timestamptz := later - interval '24 hours';
  ahead interval := (day_before AT TIME ZONE zone) - (day_before AT TIME ZONE 'UTC');
  earlier timestamptz := (shown - ahead) AT TIME ZONE 'UTC';
BEGIN
  RETURN CASE WHEN earlier < later AND earlier AT TIME ZONE zone = shown
    THEN earlier ELSE later END;
END $$;

CREATE FUNCTION instant(told text, zone text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  part text[] := regexp_match(told, '^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})'
    '(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?)?$');
  year integer := part[1];
  month integer := part[2];
  day integer := part[3];
  hour integer := coalesce(part[4], '0');
  minute integer := coalesce(part[5], '0');
  second integer := coalesce(part[6], '0');
  ms integer := left(rpad(coalesce(part[7], ''), 3, '0'), 3);
  ahead integer := CASE WHEN part[8] = 'Z' THEN 0
    ELSE (part[9] || '1')::integer * (60 * part[10]::integer + part[11]::integer) END;
  shown timestamp;
BEGIN
  IF part IS NULL OR year < 1 OR month NOT BETWEEN 1 AND 12 OR day < 1
      OR hour > 23 OR minute > 59 OR second > 59 OR abs(ahead) >= 1440 THEN
    RETURN NULL;
  END IF;
  IF day > extract(day FROM make_date(year, month, 1) + interval '1 month' - interval '1 day') THEN
    RETURN NULL;
  END IF;
  shown := make_timestamp(year, month, day, hour, minute, second);
  IF ahead IS NULL THEN
    RETURN extract(epoch FROM shown_at(shown, zone))::bigint * 1000 + ms;
  END IF;
  RETURN (extract(epoch FROM shown)::bigint - 60 * ahead) * 1000 + ms;
END $$;

CREATE FUNCTION instant(told numeric, zone text) RETURNS bigint IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN told > 100000000000 AND told <= 253402300799999 THEN trunc(told)::bigint END;

-- The day on which `at` falls in `zone`; none outside the years 1 to 9999.
CREATE FUNCTION day_of(at bigint, zone text) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  found date;
BEGIN
  IF at BETWEEN -62135596800000 AND 253402300799999 THEN
    found := to_timestamp(floor(at / 1000.0)::double precision) AT TIME ZONE zone;
  END IF;
  RETURN CASE WHEN extract(year FROM found) BETWEEN 1 AND 9999 THEN found END;
END $$;

CREATE FUNCTION anniversary(at bigint, zone text, now bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  born text := to_char(day_of(at, zone), '-MM-DD');
  year integer := extract(year FROM day_of(now, zone));
  starts bigint;
BEGIN
  FOR ahead IN 0..1 LOOP
    starts := instant(lpad((year + ahead)::text, 4, '0') || born, zone);
    IF starts IS NULL AND born = '-02-29' THEN
      starts := instant(lpad((year + ahead)::text, 4, '0') || '-02-28', zone);
    END IF;
    IF starts > now THEN
      RETURN starts;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Addresses: what mautod/core/sending/consent.py says.

CREATE FUNCTION address_key(address text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN coalesce(fold(btrim(address, E'\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000'
  '\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000')), '');

CREATE FUNCTION domain_key(address text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN address_key(address) ~ '@[^@]+$'
  THEN '*@' || substring(address_key(address) FROM '@([^@]+)$') ELSE '' END;

-- BLAKE2b (RFC 7693), keyed. A word of 64 bits is a bigint; sums are made of halves, so that none
-- overflows.
CREATE FUNCTION blake2b(message bytea, secret bytea, size integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  low CONSTANT bigint := 4294967295;
  start CONSTANT bigint[] := ARRAY[
    x'6a09e667f3bcc908'::bigint, x'bb67ae8584caa73b'::bigint, x'3c6ef372fe94f82b'::bigint,
    x'a54ff53a5f1d36f1'::bigint, x'510e527fade682d1'::bigint, x'9b05688c2b3e6c1f'::bigint,
    x'1f83d9abfb41bd6b'::bigint, x'5be0cd19137e2179'::bigint];
  sigma CONSTANT integer[] := ARRAY[
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0]];
  mixed CONSTANT integer[] := ARRAY[
    [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [4, 8, 12, 16],
    [1, 6, 11, 16], [2, 7, 12, 13], [3, 8, 9, 14], [4, 5, 10, 15]];
  h bigint[] := start;
  v bigint[];
  m bigint[];
  a bigint;
  b bigint;
  c bigint;
  d bigint;
  e bigint;
  s bigint;
  line integer;
  padded bytea := '';
  length bigint;
  blocks integer;
  word bigint;
  found bytea := '';
BEGIN
  IF octet_length(secret) > 0 THEN
    padded := secret || decode(repeat('00', 128 - octet_length(secret)), 'hex');
  END IF;
  padded := padded || message;
  length := octet_length(padded);
  blocks := greatest(1, (length + 127) / 128);
  padded := padded || decode(repeat('00', (128 * blocks - length)::integer), 'hex');
  h[1] := h[1] # 16842752 # (octet_length(secret)::bigint << 8) # size;
  FOR block IN 0..blocks - 1 LOOP
    FOR i IN 0..15 LOOP
      word := 0;
      FOR j IN 0..7 LOOP
        word := word | (get_byte(padded, 128 * block + 8 * i + j)::bigint << (8 * j));
      END LOOP;
      m[i] := word;
    END LOOP;
    v := h || start;
    v[13] := v[13] # least(length, 128 * (block + 1));
    IF block = blocks - 1 THEN
      v[15] := ~v[15];
    END IF;
    FOR round IN 0..11 LOOP
      line := round % 10 + 1;
      FOR g IN 1..8 LOOP
        a := v[mixed[g][1]];
        b := v[mixed[g][2]];
        c := v[mixed[g][3]];
        d := v[mixed[g][4]];
        e := m[sigma[line][2 * g - 1]];
        s := (a & low) + (b & low) + (e & low);
        a := (((a >> 32) + (b >> 32) + (e >> 32) + (s >> 32)) << 32) | (s & low);
        d := d # a;
        d := ((d >> 32) & low) | (d << 32);
        s := (c & low) + (d & low);
        c := (((c >> 32) + (d >> 32) + (s >> 32)) << 32) | (s & low);
        b := b # c;
        b := ((b >> 24) & 1099511627775) | (b << 40);
        e := m[sigma[line][2 * g]];
        s := (a & low) + (b & low) + (e & low);
        a := (((a >> 32) + (b >> 32) + (e >> 32) + (s >> 32)) << 32) | (s & low);
        d := d # a;
        d := ((d >> 16) & 281474976710655) | (d << 48);
        s := (c & low) + (d & low);
        c := (((c >> 32) + (d >> 32) + (s >> 32)) << 32) | (s & low);
        b := b # c;
        v[mixed[g][1]] := a;
        v[mixed[g][2]] := ((b >> 63) & 1) | (b << 1);
        v[mixed[g][3]] := c;
        v[mixed[g][4]] := d;
      END LOOP;
    END LOOP;
    FOR i IN 1..8 LOOP
      h[i] := h[i] # v[i] # v[i + 8];
    END LOOP;
  END LOOP;
  FOR i IN 0..size - 1 LOOP
    found := found || set_byte('\x00', 0, ((h[i / 8 + 1] >> (8 * (i % 8))) & 255)::integer);
  END LOOP;
  RETURN found;
END $$;

CREATE FUNCTION address_hash(salt text, address text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN encode(blake2b(convert_to(address_key(address), 'UTF8'),
  blake2b(convert_to(salt, 'UTF8'), '', 32), 16), 'hex');
