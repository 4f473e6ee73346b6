# clock: real
import time


def fetch_data(param):
    print(f"Do something with {param}...")
    time.sleep(param / 10)
    print(f"Done with {param}")
    return f"Result of {param}"


result1 = fetch_data(1)
print("Fetch 1 fully completed")
result2 = fetch_data(2)
print("Fetch 2 fully completed")
print(f"[{result1}, {result2}]")
