module generations

go 1.21
