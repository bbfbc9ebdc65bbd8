CREATE TABLE IF NOT EXISTS products (id integer PRIMARY KEY, name text NOT NULL, price integer NOT NULL);
INSERT INTO products SELECT n, 'product ' || n, 100 + 37 * n FROM generate_series(1, 12) AS n
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price integer NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS invoices (id integer PRIMARY KEY, amount integer NOT NULL, booked boolean NOT NULL DEFAULT false);
INSERT INTO invoices SELECT n, 1000 * n FROM generate_series(1, 50) AS n
ON CONFLICT DO NOTHING;
